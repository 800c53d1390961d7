import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo, useRef, useState } from 'react';
import { rowsOf } from '../api/paging';
import { asProblem } from '../api/problem';
import { count } from '../format/numbers';
import { EmptyState } from '../shell/EmptyState';
import { LiveMark } from '../shell/LiveMark';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { ColumnChooser } from '../tables/ColumnChooser';
import type { ColumnView, Sort } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { BulkBar } from './BulkBar';
import { columnsOf, initialColumns, keysOf } from './columns';
import type { Known } from './completion';
import { GroupedRuns } from './GroupedRuns';
import { canGroupBy } from './groups';
import { experimentsQuery, runsQuery } from './queries';
import { RunsFilters } from './RunsFilters';
import classes from './RunsScreen.module.css';
import { type Rows, type Run, without } from './rows';
import { SavedViews } from './SavedViews';
import { joined, questionOf, type RunsSearch, split } from './search';
import { useLiveRuns, workingExperiments } from './useLiveRuns';
import { useWidths } from './useWidths';

const idOf = (run: Run) => run.id;
const sampled = 500;

/** The runs of a project: any param, metric or tag as a column, found by the search grammar, live. */
export function RunsScreen() {
  const project = useProject();
  const search = useSearch({ from: '/frame/p/$project/runs' });
  const navigate = useNavigate();
  const router = useRouter();
  const queries = useQueryClient();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());

  const set = useCallback(
    (change: RunsSearch, replace = false) =>
      void navigate({
        to: '/p/$project/runs',
        params: { project },
        search: (before) => clean({ ...before, ...change }),
        replace,
      }),
    [navigate, project],
  );

  const asked = useMemo(() => questionOf(search), [search]);
  const query = runsQuery(project, asked);
  const runs = useInfiniteQuery({ ...query, placeholderData: keepPreviousData });
  const experiments = useQuery(experimentsQuery(project));
  const rows = useMemo(() => rowsOf(runs.data), [runs.data]);
  const sample = useSample(rows);
  const working = useMemo(() => workingExperiments(sample), [sample]);
  const fresh = useLiveRuns(project, asked, working);

  // Columns follow the keys that were seen, not each new row.
  const seen = useMemo(() => JSON.stringify(keysOf(sample)), [sample]);
  const keys = useMemo(() => JSON.parse(seen) as ReturnType<typeof keysOf>, [seen]);
  const named = search.cols ?? '';
  const firstSeen = useFirst(project, sample.length > 0 ? sample : null);
  const initial = useMemo(() => initialColumns(firstSeen ?? []), [firstSeen]);
  const columns = useMemo(() => columnsOf(project, keys, [...split(named), ...initial]), [project, keys, named, initial]);
  const [widths, setWidths] = useWidths(project);
  const view = useMemo<ColumnView>(() => ({ columns: named === '' ? initial : split(named), widths }), [named, initial, widths]);
  const setView = useCallback(
    (next: ColumnView) => {
      setWidths(next.widths);
      const cols = joined(next.columns);
      if (cols !== (named || joined(initial))) set({ cols: cols === joined(initial) ? '' : cols }, true);
    },
    [setWidths, set, named, initial],
  );

  const known = useMemo<Known>(() => ({ keys, values: (field) => valuesOf(sample, field) }), [keys, sample]);
  const sort = useMemo<Sort | null>(
    () => (search.sort ? { column: search.sort.replace(/^-/, ''), descending: search.sort.startsWith('-') } : null),
    [search.sort],
  );
  const open = useCallback(
    (run: Run) => {
      if ('/p/$project/runs/$run' in router.routesByPath) router.history.push(`/p/${encodeURIComponent(project)}/runs/${run.id}`);
    },
    [router, project],
  );

  const by = search.by && canGroupBy(search.by) ? search.by : undefined;
  const meant = useMemo(
    () => view.columns.filter((id) => id.startsWith('metrics.')).map((id) => id.slice('metrics.'.length)),
    [view.columns],
  );

  const problem = runs.error ? asProblem(runs.error) : null;
  const ofFilter = problem?.code === 'filter.invalid' && problem.field === 'filter' ? problem : null;
  const chosen = useMemo(() => (selected.size === 0 ? [] : rows.filter((run) => selected.has(run.id))), [rows, selected]);
  const filtered = asked.status.length > 0 || asked.experiment || asked.parent || asked.filter || asked.name;
  const total = filtered ? null : (experiments.data?.reduce((sum, experiment) => sum + Number(experiment.runs), 0) ?? null);

  const dropped = (ids: string[]) => {
    queries.setQueryData<Rows>(query.queryKey, (now) => now && without(now, new Set(ids)));
    setSelected(new Set());
  };

  return (
    <Screen
      title="Runs"
      fill
      beside={
        <>
          <span className={classes.count} role="status">
            {runs.isPending || by
              ? ''
              : `${count(rows.length)}${runs.hasNextPage ? (total === null ? ' and more' : ` of ${count(Math.max(total, rows.length))}`) : ''}`}
          </span>
          <LiveMark />
        </>
      }
      actions={
        chosen.length > 0 ? (
          <BulkBar
            project={project}
            runs={chosen}
            onClear={() => setSelected(new Set())}
            onDeleted={dropped}
            onRestored={() => void queries.invalidateQueries({ queryKey: query.queryKey })}
          />
        ) : (
          <>
            <SavedViews
              project={project}
              search={search}
              onChoose={(wanted) => set({ q: '', status: '', exp: '', sort: '', cols: '', parent: '', by: '', ...wanted })}
            />
            <ColumnChooser columns={columns} view={view} onView={setView} initial={initial} />
          </>
        )
      }
    >
      <RunsFilters
        project={project}
        search={search}
        experiments={experiments.data}
        keys={keys}
        by={by}
        known={known}
        problem={ofFilter}
        onChange={set}
      />
      {problem && !ofFilter && (
        <div className={classes.problem}>
          <ProblemNotice error={problem} onRetry={() => void runs.refetch()} />
        </div>
      )}
      {by && !problem ? (
        <GroupedRuns project={project} question={asked} search={search} by={by} metrics={meant} />
      ) : (
        <DataTable
          label="Runs"
          rows={problem ? [] : rows}
          rowId={idOf}
          columns={columns}
          view={view}
          onView={setView}
          sort={sort}
          onSort={(next) => set({ sort: next ? `${next.descending ? '-' : ''}${next.column}` : '' })}
          selected={selected}
          onSelect={setSelected}
          onOpen={open}
          loading={runs.isPending || (runs.isPlaceholderData && rows.length === 0)}
          hasMore={runs.hasNextPage && !runs.isFetchNextPageError}
          onMore={() => !runs.isFetchingNextPage && void runs.fetchNextPage()}
          fresh={fresh}
          empty={
            problem ? null : filtered ? (
              <EmptyState title="No run fits">
                Nothing in this project fits filter, states and experiment. Take one of them away to see more.
              </EmptyState>
            ) : (
              <EmptyState title="No run yet" command={`mesh run train.py -P ${project}`}>
                A run keeps what was tried: params, metrics over time, the log, the files that came out. The command runs a script as one;
                programs that log to MLflow find this project at <code>/mlflow/{project}</code>.
              </EmptyState>
            )
          }
        />
      )}
    </Screen>
  );
}

/** Without what is empty, so that the address is short. */
const clean = (search: RunsSearch): RunsSearch =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined && value !== ''));

/** The first rows, the same array while they are the same: rows that come in further down change nothing about columns and completion. */
function useSample(rows: readonly Run[]): readonly Run[] {
  const kept = useRef<readonly Run[]>([]);
  const first = rows.slice(0, sampled);
  if (first.length !== kept.current.length || first.some((run, i) => run !== kept.current[i])) kept.current = first;
  return kept.current;
}

/** The first rows that a project showed: what columns begin with does not change with filters. */
function useFirst(project: string, rows: readonly Run[] | null): readonly Run[] | null {
  const [first, setFirst] = useState<{ project: string; rows: readonly Run[] } | null>(null);
  if (rows && first?.project !== project) setFirst({ project, rows });
  return first?.project === project ? first.rows : null;
}

const mostValues = 30;

/** Values of a field of texts in some runs. */
function valuesOf(runs: readonly Run[], field: string): string[] {
  const name = field.replaceAll('`', '');
  const key = name.slice(name.indexOf('.') + 1);
  const read = (run: Run): string | undefined | null => {
    if (name.startsWith('params.')) return run.params[key];
    if (name.startsWith('tags.')) return run.tags[key];
    if (key === 'run_name') return run.name;
    if (key === 'user_id') return run.user ?? run.createdBy;
    return undefined;
  };
  return [...new Set(runs.flatMap((run) => read(run) ?? []))]
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .slice(0, mostValues);
}
