import { SegmentedControl, Skeleton } from '@mantine/core';
import { useIntersection } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Chart, type Series } from '../../charts/Chart';
import { EmptyState } from '../../shell/EmptyState';
import { Panel } from '../../shell/Panel';
import { ProblemNotice } from '../../shell/ProblemNotice';
import type { Run } from '../rows';
import { joined, split } from '../search';
import classes from './Compare.module.css';
import { FieldChooser } from './FieldChooser';
import { curvesOf } from './fields';
import { linesQuery } from './queries';
import type { CompareChange, CompareSearch } from './search';

const firstCharts = 12;
const firstLines = 20;

interface OverlaidChartsProps {
  project: string;
  runs: readonly Run[];
  search: CompareSearch;
  onChange: (change: CompareChange) => void;
}

/** The metrics that the runs have, each as a chart with a line for each run. */
export function OverlaidCharts({ project, runs, search, onChange }: OverlaidChartsProps) {
  const [zoom, setZoom] = useState<[number, number] | null>(null);
  const all = useMemo(() => curvesOf(runs), [runs]);
  const drawn = useMemo(() => (search.lines === 'all' ? runs : runs.slice(0, firstLines)), [runs, search.lines]);
  const names = search.metrics ? split(search.metrics).filter((name) => all.includes(name)) : all.slice(0, firstCharts);
  if (all.length === 0) return <EmptyState title="No chart">None of the runs has logged a metric more than once.</EmptyState>;
  return (
    <>
      <div className={classes.controls}>
        <FieldChooser
          noun="metrics"
          choices={all.map((name) => ({ value: name, label: name }))}
          chosen={names}
          onChoose={(chosen) => onChange({ metrics: chosen && joined(chosen) })}
        />
        {runs.length > firstLines && (
          <SegmentedControl
            aria-label="Lines"
            value={search.lines ?? 'first'}
            data={[
              { value: 'first', label: `The first ${firstLines} runs` },
              { value: 'all', label: `All ${runs.length} runs` },
            ]}
            onChange={(value) => onChange({ lines: value === 'all' ? 'all' : undefined })}
          />
        )}
      </div>
      {names.length === 0 && <EmptyState title="No metric is chosen">Choose metrics to see their charts.</EmptyState>}
      <div className={classes.charts}>
        {names.map((name) => (
          <Lines key={name} project={project} name={name} runs={drawn} zoom={zoom} onZoom={setZoom} />
        ))}
      </div>
    </>
  );
}

interface LinesProps {
  project: string;
  name: string;
  runs: readonly Run[];
  zoom: [number, number] | null;
  onZoom: (zoom: [number, number] | null) => void;
}

/** One metric of the runs; it is read when it comes into sight. */
function Lines({ project, name, runs, zoom, onZoom }: LinesProps) {
  const { ref, entry } = useIntersection({ rootMargin: '300px' });
  const [seen, setSeen] = useState(false);
  if (entry?.isIntersecting && !seen) setSeen(true);
  const ids = useMemo(() => runs.map((run) => run.id), [runs]);
  const lines = useQuery({ ...linesQuery(project, ids, name), enabled: seen });
  const series = useMemo(() => {
    const labels = new Map(runs.map((run) => [run.id, run.name]));
    return (lines.data ?? [])
      .filter((chart) => chart.count > 1)
      .map((chart): Series => ({ id: chart.run, label: labels.get(chart.run) ?? chart.run, x: chart.x, y: chart.values.map(finite) }));
  }, [lines.data, runs]);
  return (
    <div ref={ref}>
      <Panel title={name} aside={seen && lines.data && series.length < runs.length && <Without count={runs.length - series.length} />}>
        <div className={classes.chart}>
          {lines.error ? (
            <ProblemNotice error={lines.error} onRetry={() => void lines.refetch()} />
          ) : lines.data ? (
            <Chart
              label={`${name} by step, a line for each run`}
              series={series}
              xLabel="Step"
              sync="compare"
              zoom={zoom}
              onZoom={onZoom}
              height={240}
            />
          ) : (
            <Skeleton height={240} />
          )}
        </div>
      </Panel>
    </div>
  );
}

const Without = ({ count }: { count: number }) => <span className="quiet">{count === 1 ? '1 run has' : `${count} runs have`} no line</span>;

const finite = (value: unknown): number | null => (Number.isFinite(Number(value)) ? Number(value) : null);
