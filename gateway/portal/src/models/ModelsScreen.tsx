import { Badge } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { rowsOf } from '../api/paging';
import { RelativeTime } from '../format/RelativeTime';
import { EmptyState } from '../shell/EmptyState';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { ScreenLink } from '../shell/ScreenLink';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { type Model, modelsQuery } from './queries';

const idOf = (model: Model) => model.name;

const columnsOf = (project: string): Column<Model>[] => [
  {
    id: 'name',
    header: 'Name',
    width: 260,
    fixed: true,
    value: (model) => model.name,
    cell: (model) => (
      <ScreenLink to="/p/$project/models/$model" params={{ project, model: model.name }}>
        {model.name}
      </ScreenLink>
    ),
  },
  { id: 'latest', header: 'Newest version', width: 130, align: 'right', value: (model) => model.latestVersion || null },
  {
    id: 'aliases',
    header: 'Aliases',
    width: 260,
    value: (model) => Object.keys(model.aliases).join(', '),
    cell: (model) =>
      Object.entries(model.aliases).map(([alias, version]) => (
        <Badge key={alias} mr={6}>
          {alias} → {version}
        </Badge>
      )),
  },
  { id: 'description', header: 'Description', width: 380, value: (model) => model.description },
  {
    id: 'updated',
    header: 'Changed',
    width: 120,
    value: (model) => model.updatedAt,
    cell: (model) => <RelativeTime at={model.updatedAt} />,
  },
];

/** The registered models of a project. */
export function ModelsScreen() {
  const project = useProject();
  const models = useInfiniteQuery(modelsQuery(project));
  const rows = useMemo(() => rowsOf(models.data), [models.data]);
  const columns = useMemo(() => columnsOf(project).map((column) => ({ ...column, sortable: true })), [project]);
  return (
    <Screen title="Models" fill>
      {models.error ? (
        <ProblemNotice error={models.error} onRetry={() => void models.refetch()} />
      ) : (
        <DataTable
          label="Models"
          rows={rows}
          rowId={idOf}
          columns={columns}
          loading={models.isPending}
          hasMore={models.hasNextPage}
          onMore={() => void models.fetchNextPage()}
          empty={
            <EmptyState title="No model yet" command={`mesh models register NAME --run RUN -P ${project}`}>
              A registered model has versions with metrics and a signature, and aliases such as champion that endpoints follow.
            </EmptyState>
          }
        />
      )}
    </Screen>
  );
}
