import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Schema } from '../api/client';
import { EmptyState } from '../shell/EmptyState';
import { done, failed } from '../shell/notices';
import { ProblemNotice } from '../shell/ProblemNotice';
import { StatusBadge } from '../shell/StatusBadge';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { importItem, importsQuery } from './queries';

type Imported = Schema<'HubImport'>;
const idOf = (one: Imported) => one.function;

/** Functions that were made of items of hubs, and which of them have a newer one. */
export function Imports({ project }: { project: string }) {
  const imports = useQuery(importsQuery(project));
  const queries = useQueryClient();
  const columns = useMemo<Column<Imported>[]>(() => {
    const update = async ({ function: name, origin, latest }: Imported) => {
      try {
        await importItem(project, origin.hub, origin.item, { function: name, ...(latest ? { version: latest } : {}) });
        done(`${name} is made of ${origin.item}@${latest} now`);
        await queries.invalidateQueries({ queryKey: [project, 'functions'] });
      } catch (error) {
        failed(`${name} is as it was`, error);
      }
    };
    return [
      {
        id: 'function',
        header: 'Function',
        width: 180,
        fixed: true,
        sortable: true,
        value: (one) => one.function,
        cell: (one) => (
          <Link to="/p/$project/functions/$function" params={{ project, function: one.function }}>
            {one.function}
          </Link>
        ),
      },
      {
        id: 'origin',
        header: 'Made of',
        width: 260,
        value: ({ origin }) => `${origin.hub}/${origin.item}@${origin.version}`,
        cell: ({ origin }) => (
          <Link to="/p/$project/hub/item" params={{ project }} search={{ hub: origin.hub, name: origin.item, version: origin.version }}>
            {origin.hub}/{origin.item}@{origin.version}
          </Link>
        ),
      },
      {
        id: 'latest',
        header: 'Latest',
        width: 110,
        value: ({ latest }) => latest,
        cell: ({ latest }) => latest ?? <span className="quiet">gone from the hub</span>,
      },
      {
        id: 'state',
        header: 'State',
        width: 120,
        cell: ({ isOutdated }) => (
          <StatusBadge status={isOutdated ? 'suspected' : 'ready'} label={isOutdated ? 'outdated' : 'up to date'} />
        ),
      },
      {
        id: 'actions',
        header: 'Actions',
        width: 280,
        cell: (one) =>
          one.isOutdated &&
          one.latest && (
            <>
              <Button variant="subtle" size="compact-xs" onClick={() => void update(one)}>
                Import {one.latest}
              </Button>
              <Link
                to="/p/$project/hub/item"
                params={{ project }}
                search={{ hub: one.origin.hub, name: one.origin.item, version: one.latest, against: one.origin.version }}
              >
                What changed
              </Link>
            </>
          ),
      },
    ];
  }, [project, queries]);

  return imports.error ? (
    <ProblemNotice error={imports.error} onRetry={() => void imports.refetch()} />
  ) : (
    <DataTable
      label="Imported functions"
      fit="rows"
      rows={imports.data ?? []}
      rowId={idOf}
      columns={columns}
      loading={imports.isPending}
      empty={
        <EmptyState title="Nothing was imported yet" command={`mesh hub import HUB/ITEM -P ${project}`}>
          Importing makes a function of a version of an item. It stays at that version until it is imported again; here is told when there
          is a newer one.
        </EmptyState>
      }
    />
  );
}
