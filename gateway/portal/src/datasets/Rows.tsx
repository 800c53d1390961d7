import { Button, TextInput } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { rowsOf } from '../api/paging';
import { asProblem } from '../api/problem';
import { count, counted } from '../format/numbers';
import { EmptyState } from '../shell/EmptyState';
import { ProblemNotice } from '../shell/ProblemNotice';
import type { Column as TableColumn } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { cellText } from './cells';
import classes from './Datasets.module.css';
import { type Column, datasetRowsQuery, type Profile } from './queries';

interface RowsProps {
  project: string;
  dataset: string;
  version: number;
  profile: Profile;
  filter: string | undefined;
  onFilter: (filter: string | undefined) => void;
}

interface Row {
  number: number;
  values: readonly unknown[];
}

/** More would make rows that nobody scrolls to the end of. */
const mostColumns = 150;
const idOf = (row: Row) => String(row.number);

/** The rows of a data set as they stand in the file, as many as one scrolls to; those that a filter lets through. */
export function Rows({ project, dataset, version, profile, filter, onFilter }: RowsProps) {
  const found = useInfiniteQuery(datasetRowsQuery(project, dataset, version, filter));
  const rows = useMemo(
    () => rowsOf(found.data).map((values, i): Row => ({ number: i + 1, values: Array.isArray(values) ? values : [] })),
    [found.data],
  );
  const columns = useMemo(() => [numbers, ...profile.columns.slice(0, mostColumns).map(columnOf)], [profile]);
  return (
    <>
      <form
        className={classes.filters}
        onSubmit={(event) => {
          event.preventDefault();
          const text = String(new FormData(event.currentTarget).get('filter') ?? '').trim();
          onFilter(text || undefined);
        }}
      >
        <TextInput
          key={filter}
          name="filter"
          aria-label="Only rows of which this holds"
          placeholder="age >= 18 and city in ('Rome', 'Oslo')"
          leftSection={<IconFilter size={14} aria-hidden />}
          defaultValue={filter ?? ''}
          autoComplete="off"
          spellCheck={false}
          className={classes.filter ?? ''}
        />
        <Button type="submit" variant="default">
          Filter
        </Button>
        {filter && (
          <Button variant="subtle" onClick={() => onFilter(undefined)}>
            All rows
          </Button>
        )}
        <span className="quiet">
          {filter && !found.data
            ? ''
            : filter
              ? `${found.hasNextPage ? 'More than ' : ''}${count(rows.length)} of ${counted(profile.rows, 'row')}`
              : counted(profile.rows, 'row')}
          {profile.columns.length > mostColumns && `; the first ${mostColumns} of ${count(profile.columns.length)} columns`}
        </span>
      </form>
      {found.error && rows.length === 0 ? (
        <ProblemNotice error={found.error} onRetry={asProblem(found.error).isOutage ? () => void found.refetch() : undefined} />
      ) : (
        <DataTable
          label="Rows"
          rows={rows}
          rowId={idOf}
          columns={columns}
          loading={found.isPending}
          hasMore={found.hasNextPage && !found.isFetchNextPageError}
          onMore={() => !found.isFetchingNextPage && void found.fetchNextPage()}
          empty={
            <EmptyState title={filter ? 'No row fits' : 'No row'}>
              {filter ? 'The filter lets none of them through.' : 'The file has columns, but no row.'}
            </EmptyState>
          }
        />
      )}
    </>
  );
}

const numbers: TableColumn<Row> = {
  id: '#',
  header: '#',
  width: 70,
  align: 'right',
  fixed: true,
  cell: (row) => <span className="quiet">{count(row.number)}</span>,
};

const columnOf = ({ name, kind }: Column, i: number): TableColumn<Row> => ({
  id: `${i} ${name}`,
  header: name,
  width: Math.min(260, Math.max(kind === 'text' ? 130 : 96, name.length * 8 + 24)),
  align: kind === 'number' ? 'right' : 'left',
  value: (row) => cellText(row.values[i]),
  cell: (row) => (row.values[i] === '' ? <span className="quiet">empty text</span> : cellText(row.values[i])),
});
