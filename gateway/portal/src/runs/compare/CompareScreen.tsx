import { Checkbox, SegmentedControl, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { EmptyState } from '../../shell/EmptyState';
import { ProblemNotice } from '../../shell/ProblemNotice';
import { useProject } from '../../shell/projectName';
import { Screen } from '../../shell/Screen';
import { ScreenLink } from '../../shell/ScreenLink';
import classes from './Compare.module.css';
import { CompareTable } from './CompareTable';
import { OverlaidCharts } from './OverlaidCharts';
import { ParallelPlot } from './ParallelPlot';
import { comparisonQuery } from './queries';
import { type CompareSearch, idsOf, type View } from './search';

const labels: Record<View, string> = { table: 'Side by side', charts: 'Charts', parallel: 'Parallel coordinates' };

/** Runs side by side: what differs, their charts over each other, how params go with metrics. */
export function CompareScreen() {
  const project = useProject();
  const search = useSearch({ from: '/frame/p/$project/compare' });
  const navigate = useNavigate();
  const runs = useMemo(() => idsOf(search), [search]);
  const comparison = useQuery(comparisonQuery(project, runs));
  const view = search.view ?? 'table';
  const set = (change: { [Key in keyof CompareSearch]?: CompareSearch[Key] | undefined }) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, value]) => value !== undefined)) as CompareSearch;
    void navigate({ to: '/p/$project/compare', params: { project }, search: next, replace: true });
  };
  const data = comparison.data;
  return (
    <Screen
      title={runs.length > 1 ? `Compare ${runs.length} runs` : 'Compare runs'}
      above={
        <ScreenLink to="/p/$project/runs" params={{ project }}>
          Runs
        </ScreenLink>
      }
    >
      {runs.length < 2 ? (
        <EmptyState title="Choose at least two runs" command={`mesh runs compare RUN RUN -P ${project}`}>
          Select runs in the table of runs, then press Compare.
        </EmptyState>
      ) : comparison.error ? (
        <ProblemNotice error={comparison.error} onRetry={() => void comparison.refetch()} />
      ) : !data ? (
        <Skeleton height={360} />
      ) : (
        <>
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
          {view === 'table' && <CompareTable project={project} comparison={data} onlyDifferent={search.diff ?? false} />}
          {view === 'charts' && <OverlaidCharts project={project} comparison={data} />}
          {view === 'parallel' && <ParallelPlot comparison={data} />}
        </>
      )}
    </Screen>
  );
}
