import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { rowsOf } from '../../api/paging';
import { EmptyState } from '../../shell/EmptyState';
import { ProblemNotice } from '../../shell/ProblemNotice';
import { DataTable } from '../../tables/DataTable';
import { columnsOf, initialColumns, keysOf } from '../columns';
import type { Run } from '../rows';
import { childrenQuery } from './queries';

const idOf = (run: Run) => run.id;

/** The runs below a run: trials, folds, seeds. */
export function ChildrenTab({ project, run }: { project: string; run: string }) {
  const children = useInfiniteQuery(childrenQuery(project, run));
  const rows = useMemo(() => rowsOf(children.data), [children.data]);
  const columns = useMemo(() => columnsOf(project, keysOf(rows), []), [project, rows]);
  const view = useMemo(() => ({ columns: initialColumns(rows), widths: {} }), [rows]);
  if (children.error) return <ProblemNotice error={children.error} onRetry={() => void children.refetch()} />;
  return (
    <DataTable
      label="Child runs"
      rows={rows}
      rowId={idOf}
      columns={columns}
      view={view}
      loading={children.isPending}
      hasMore={children.hasNextPage}
      onMore={() => void children.fetchNextPage()}
      empty={
        <EmptyState compact title="No child run">
          Trials of a sweep, folds and seeds that name this run as their parent stand here.
        </EmptyState>
      }
    />
  );
}
