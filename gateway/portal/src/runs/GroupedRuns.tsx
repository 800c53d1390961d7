import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Schema } from '../api/client';
import { count, counted, measureInColumn } from '../format/numbers';
import { EmptyState } from '../shell/EmptyState';
import { ProblemNotice } from '../shell/ProblemNotice';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { nameOf, openedBy } from './groups';
import { runGroupsQuery, runNamesQuery } from './queries';
import classes from './RunsScreen.module.css';
import type { RunsQuestion, RunsSearch } from './search';

interface GroupedRunsProps {
  project: string;
  question: RunsQuestion;
  search: RunsSearch;
  by: string;
  /** Names of the metrics whose means are shown. */
  metrics: readonly string[];
}

interface Row {
  value: string | null;
  label: string;
  runs: number;
  metrics: Schema<'GroupedMetric'>[];
  /** The search that shows its runs. */
  opens: RunsSearch | null;
}

const keyOf = (row: Row) => JSON.stringify(row.value);
const mostNames = 100;

/** The runs in groups, a row for each: how many, and the mean of each metric that the table shows. A group opens as a filter. */
export function GroupedRuns({ project, question, search, by, metrics }: GroupedRunsProps) {
  const navigate = useNavigate();
  const groups = useQuery(runGroupsQuery(project, question, by, metrics));
  const values = useMemo(() => groups.data?.groups.map((group) => (group.values as (string | null)[])[0] ?? null) ?? [], [groups.data]);
  const parents = useMemo(() => (by === 'parent' ? values.filter((value) => value !== null).slice(0, mostNames) : []), [by, values]);
  const names = useQuery(runNamesQuery(project, parents));
  const rows = useMemo(
    () =>
      (groups.data?.groups ?? []).map((group, i): Row => {
        const value = values[i] ?? null;
        const none = by === 'parent' ? 'No parent' : 'none';
        const label = value === null ? none : ((by === 'parent' ? names.data?.get(value) : undefined) ?? value);
        return { value, label, runs: Number(group.runs), metrics: group.metrics, opens: openedBy(search, by, value) };
      }),
    [groups.data, values, names.data, by, search],
  );
  const columns = useMemo(() => columnsOf(project, by, metrics), [project, by, metrics]);
  if (groups.error) return <ProblemNotice error={groups.error} onRetry={() => void groups.refetch()} />;
  const runs = rows.reduce((sum, row) => sum + row.runs, 0);
  return (
    <>
      <p className={classes.grouped} role="status">
        {groups.data &&
          `${counted(rows.length, 'group')} of ${groups.data.truncated ? `the first ${count(runs)} runs: there are more` : counted(runs, 'run')}. Metrics are means, ± one deviation.`}
      </p>
      <DataTable
        label={`Runs by ${nameOf(by)}`}
        rows={rows}
        rowId={keyOf}
        columns={columns}
        onOpen={(row) => {
          if (row.opens) void navigate({ to: '/p/$project/runs', params: { project }, search: row.opens });
        }}
        loading={groups.isPending}
        empty={
          <EmptyState title="No run fits">
            Nothing in this project fits filter, states and experiment. Take one of them away to see more.
          </EmptyState>
        }
      />
    </>
  );
}

function columnsOf(project: string, by: string, metrics: readonly string[]): Column<Row>[] {
  return [
    {
      id: 'value',
      header: nameOf(by),
      width: 240,
      fixed: true,
      sortable: true,
      value: (row) => (row.label !== '' && Number.isFinite(Number(row.label)) ? Number(row.label) : row.label),
      cell: (row) =>
        row.opens ? (
          <Link to="/p/$project/runs" params={{ project }} search={row.opens}>
            {row.label}
          </Link>
        ) : (
          <span className="quiet">{row.label}</span>
        ),
    },
    { id: 'runs', header: 'Runs', width: 80, align: 'right', sortable: true, value: (row) => row.runs, cell: (row) => count(row.runs) },
    ...metrics.map(
      (name, i): Column<Row> => ({
        id: `metrics.${name}`,
        header: name,
        width: 160,
        align: 'right',
        sortable: true,
        value: (row) => row.metrics[i]?.mean,
        cell: (row) => {
          const metric = row.metrics[i];
          if (metric?.mean == null) return undefined;
          return (
            <span
              title={`${counted(metric.count, 'run')} with it, ${measureInColumn(metric.min ?? 0)} to ${measureInColumn(metric.max ?? 0)}`}
            >
              {measureInColumn(metric.mean)}
              {metric.stdDev != null && <span className="quiet"> ± {measureInColumn(metric.stdDev, 2)}</span>}
            </span>
          );
        },
      }),
    ),
  ];
}
