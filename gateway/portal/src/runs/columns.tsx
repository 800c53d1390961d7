import { measureInColumn } from '../format/numbers';
import { Elapsed, RelativeTime } from '../format/RelativeTime';
import { ScreenLink } from '../shell/ScreenLink';
import { StatusBadge } from '../shell/StatusBadge';
import type { Column } from '../tables/column';
import type { Run } from './rows';
import { orderOf } from './search';

/** The keys that occur in runs, by what they are keys of. */
export interface RunKeys {
  params: string[];
  metrics: string[];
  tags: string[];
}

/** The keys of runs, sorted. */
export function keysOf(runs: readonly Run[]): RunKeys {
  const [params, metrics, tags] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const run of runs) {
    for (const key in run.params) params.add(key);
    for (const key in run.metrics) metrics.add(key);
    for (const key in run.tags) tags.add(key);
  }
  return { params: [...params].sort(), metrics: [...metrics].sort(), tags: [...tags].sort() };
}

const own: (project: string) => Column<Run>[] = (project) => [
  {
    id: 'name',
    header: 'Name',
    width: 220,
    fixed: true,
    value: (run) => run.name,
    cell: (run) => (
      <ScreenLink to="/p/$project/runs/$run" params={{ project, run: run.id }}>
        {run.name}
      </ScreenLink>
    ),
  },
  { id: 'status', header: 'Status', width: 116, cell: (run) => <StatusBadge status={run.status} cause={run.cause} /> },
  { id: 'experiment', header: 'Experiment', width: 140, value: (run) => run.experiment },
  { id: 'created', header: 'Created', width: 110, cell: (run) => <RelativeTime at={run.createdAt} /> },
  { id: 'started', header: 'Started', width: 110, cell: (run) => <RelativeTime at={run.startedAt} /> },
  { id: 'ended', header: 'Ended', width: 110, cell: (run) => <RelativeTime at={run.endedAt} /> },
  { id: 'duration', header: 'Duration', width: 100, align: 'right', cell: (run) => <Elapsed from={run.startedAt} to={run.endedAt} /> },
  { id: 'cause', header: 'Cause', width: 320, value: (run) => run.cause },
  { id: 'user', header: 'User', width: 130, value: (run) => run.user ?? run.createdBy },
  { id: 'kind', header: 'Kind', width: 90, value: (run) => run.kind },
  { id: 'group', header: 'Group', width: 130, value: (run) => run.group },
  { id: 'worker', header: 'Worker', width: 130, value: (run) => run.worker },
  { id: 'attempt', header: 'Attempt', width: 80, align: 'right', value: (run) => run.attempt || null },
  { id: 'commit', header: 'Commit', width: 100, value: (run) => run.source?.gitCommit, cell: (run) => run.source?.gitCommit?.slice(0, 8) },
  { id: 'id', header: 'Id', width: 290, value: (run) => run.id, cell: (run) => <span className="mono">{run.id}</span> },
];

function keyed(id: string): Column<Run> | null {
  const dot = id.indexOf('.');
  const key = id.slice(dot + 1);
  switch (id.slice(0, dot)) {
    case 'params':
      return {
        id,
        header: key,
        group: 'Params',
        width: 110,
        value: (run) => run.params[key],
      };
    case 'metrics':
      return {
        id,
        header: key,
        group: 'Metrics',
        width: 110,
        align: 'right',
        value: (run) => numberOf(run.metrics[key]?.last),
        cell: (run) => {
          const value = numberOf(run.metrics[key]?.last);
          return value === undefined ? undefined : measureInColumn(value);
        },
      };
    case 'tags':
      return { id, header: key, group: 'Tags', width: 120, value: (run) => run.tags[key] };
    default:
      return null;
  }
}

/** Numbers that JSON has no way to write come as their names. */
const numberOf = (value: unknown): number | undefined => (value === undefined || value === null ? undefined : Number(value));

/** All columns that the table can show: its own, those of the keys that were seen, and those that the address names. */
export function columnsOf(project: string, keys: RunKeys, named: readonly string[]): Column<Run>[] {
  const ids = new Set([
    ...keys.metrics.map((key) => `metrics.${key}`),
    ...keys.params.map((key) => `params.${key}`),
    ...keys.tags.map((key) => `tags.${key}`),
    ...named.filter((id) => id.includes('.')),
  ]);
  return [...own(project).map((column) => ({ group: 'Run', ...column })), ...[...ids].flatMap((id) => keyed(id) ?? [])].map((column) => ({
    ...column,
    sortable: orderOf(column.id, false) !== null,
  }));
}

/** The columns to begin with: how runs went, and the metrics and params that most of them have. */
export function initialColumns(runs: readonly Run[]): string[] {
  const common = (of: (run: Run) => Record<string, unknown>, most: number) => {
    const counts = new Map<string, number>();
    for (const run of runs) for (const key in of(run)) counts.set(key, (counts.get(key) ?? 0) + 1);
    return [...counts]
      .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
      .slice(0, most)
      .map(([key]) => key);
  };
  return [
    'status',
    'experiment',
    'created',
    'duration',
    ...common((run) => run.metrics, 4).map((key) => `metrics.${key}`),
    ...common((run) => run.params, 4).map((key) => `params.${key}`),
  ];
}
