import { Badge, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { RelativeTime } from '../format/RelativeTime';
import { EmptyState } from '../shell/EmptyState';
import { LiveMark } from '../shell/LiveMark';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { type Fn, functionsQuery } from './queries';
import { Runs } from './Runs';

const idOf = (fn: Fn) => fn.name;

const columnsOf = (project: string): Column<Fn>[] => [
  {
    id: 'name',
    header: 'Function',
    width: 200,
    sortable: true,
    fixed: true,
    value: ({ name }) => name,
    cell: ({ name }) => (
      <Link to="/p/$project/functions/$function" params={{ project, function: name }}>
        {name}
      </Link>
    ),
  },
  { id: 'version', header: 'Version', width: 80, align: 'right', sortable: true, value: ({ version }) => version },
  {
    id: 'tags',
    header: 'Tags',
    width: 150,
    value: ({ tags }) =>
      Object.entries(tags ?? {})
        .map(([tag, version]) => `${tag}@${version}`)
        .join(', '),
    cell: ({ tags }) =>
      Object.keys(tags ?? {}).length > 0 && (
        <Group gap={4} wrap="nowrap">
          {Object.entries(tags ?? {}).map(([tag, version]) => (
            <Badge key={tag}>
              {tag}@{version}
            </Badge>
          ))}
        </Group>
      ),
  },
  { id: 'runs', header: 'Runs', width: 230, value: runsOf, cell: (fn) => <Runs fn={fn} /> },
  { id: 'by', header: 'Defined by', width: 120, sortable: true, value: ({ createdBy }) => createdBy },
  {
    id: 'created',
    header: 'Defined',
    width: 110,
    sortable: true,
    value: ({ createdAt }) => createdAt,
    cell: ({ createdAt }) => <RelativeTime at={createdAt} />,
  },
  { id: 'description', header: 'Description', width: 320, value: ({ description }) => description },
];

function runsOf({ command, item }: Fn): string {
  return item ? `hub item ${item}` : (command ?? []).join(' ');
}

/** The functions of a project. */
export function FunctionsScreen() {
  const project = useProject();
  const functions = useQuery(functionsQuery(project));
  const navigate = useNavigate();
  const columns = useMemo(() => columnsOf(project), [project]);
  return (
    <Screen title="Functions" fill beside={<LiveMark />}>
      {functions.error ? (
        <ProblemNotice error={functions.error} onRetry={() => void functions.refetch()} />
      ) : (
        <DataTable
          label="Functions"
          rows={functions.data ?? []}
          rowId={idOf}
          columns={columns}
          loading={functions.isPending}
          onOpen={({ name }) => void navigate({ to: '/p/$project/functions/$function', params: { project, function: name } })}
          empty={
            <EmptyState title="No function yet" command={`mesh run train.py -P ${project}`}>
              A function is code with its params, inputs and packages, kept by version, that runs as a job now or by a schedule. The command
              makes one of a script and runs it.
            </EmptyState>
          }
        />
      )}
    </Screen>
  );
}
