import { Checkbox, SegmentedControl, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import { counted } from '../../format/numbers';
import { EmptyState } from '../../shell/EmptyState';
import { ProblemNotice } from '../../shell/ProblemNotice';
import { useProject } from '../../shell/projectName';
import { Screen } from '../../shell/Screen';
import { ScreenLink } from '../../shell/ScreenLink';
import type { Run } from '../rows';
import classes from './Compare.module.css';
import { CompareTable } from './CompareTable';
import { CorrelationView } from './CorrelationView';
import { type Field, fieldsOf } from './fields';
import { GroupsView } from './GroupsView';
import { OverlaidCharts } from './OverlaidCharts';
import { ParallelPlot } from './ParallelPlot';
import { comparedRunsQuery, comparisonQuery } from './queries';
import { ScatterView } from './ScatterView';
import { type CompareChange, type CompareSearch, idsOf, mostRuns, type View } from './search';

const labels: Record<View, string> = {
  table: 'Side by side',
  charts: 'Charts',
  parallel: 'Parallel coordinates',
  scatter: 'Scatter',
  groups: 'Groups',
  correlation: 'Correlation',
};

/** Runs side by side: what differs, their charts over each other, how params go with metrics. */
export function CompareScreen() {
  const project = useProject();
  const search = useSearch({ from: '/frame/p/$project/compare' });
  const navigate = useNavigate();
  const named = useMemo(() => idsOf(search.runs), [search.runs]);
  const ids = useMemo(() => named.slice(0, mostRuns), [named]);
  const view = search.view ?? 'table';
  const set = (change: CompareChange) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, value]) => value !== undefined)) as CompareSearch;
    void navigate({ to: '/p/$project/compare', params: { project }, search: next, replace: true });
  };
  return (
    <Screen
      title={ids.length > 1 ? `Compare ${ids.length} runs` : 'Compare runs'}
      above={
        <ScreenLink to="/p/$project/runs" params={{ project }}>
          Runs
        </ScreenLink>
      }
    >
      {ids.length < 2 ? (
        <EmptyState title="Choose at least two runs" command={`mesh runs compare RUN RUN -P ${project}`}>
          Select runs in the table of runs, then press Compare.
        </EmptyState>
      ) : (
        <>
          {named.length > mostRuns && (
            <p className={classes.cut}>
              At most {mostRuns} runs are compared: these are the first of {named.length}.
            </p>
          )}
          <div className={classes.controls}>
            <SegmentedControl
              aria-label="View"
              value={view}
              data={Object.entries(labels).map(([value, label]) => ({ value, label }))}
              onChange={(value) => set({ view: value === 'table' ? undefined : (value as View) })}
            />
            {view === 'table' && (
              <Checkbox
                label="Only what differs"
                checked={search.diff ?? false}
                onChange={(event) => set({ diff: event.currentTarget.checked || undefined })}
              />
            )}
          </div>
          {view === 'table' ? (
            <SideBySide project={project} ids={ids} onlyDifferent={search.diff ?? false} />
          ) : (
            <WithRuns project={project} ids={ids}>
              {(runs, fields) => {
                const shared = { project, runs, fields, search, onChange: set };
                switch (view) {
                  case 'charts':
                    return <OverlaidCharts {...shared} />;
                  case 'parallel':
                    return <ParallelPlot {...shared} />;
                  case 'scatter':
                    return <ScatterView {...shared} />;
                  case 'groups':
                    return <GroupsView {...shared} />;
                  default:
                    return <CorrelationView {...shared} />;
                }
              }}
            </WithRuns>
          )}
        </>
      )}
    </Screen>
  );
}

function SideBySide({ project, ids, onlyDifferent }: { project: string; ids: readonly string[]; onlyDifferent: boolean }) {
  const comparison = useQuery(comparisonQuery(project, ids));
  if (comparison.error) return <ProblemNotice error={comparison.error} onRetry={() => void comparison.refetch()} />;
  if (!comparison.data) return <Skeleton height={360} />;
  return <CompareTable project={project} comparison={comparison.data} onlyDifferent={onlyDifferent} />;
}

interface WithRunsProps {
  project: string;
  ids: readonly string[];
  children: (runs: readonly Run[], fields: readonly Field[]) => ReactNode;
}

/** What is drawn of the runs, once they are there. */
function WithRuns({ project, ids, children }: WithRunsProps) {
  const runs = useQuery(comparedRunsQuery(project, ids));
  const fields = useMemo(() => fieldsOf(runs.data ?? []), [runs.data]);
  if (runs.error) return <ProblemNotice error={runs.error} onRetry={() => void runs.refetch()} />;
  if (!runs.data) return <Skeleton height={360} />;
  return (
    <>
      {runs.data.length < ids.length && (
        <p className={classes.cut}>{counted(ids.length - runs.data.length, 'run')} not found: deleted, or of another project.</p>
      )}
      {children(runs.data, fields)}
    </>
  );
}
