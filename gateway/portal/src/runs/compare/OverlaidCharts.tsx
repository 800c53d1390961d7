import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Schema } from '../../api/client';
import { Chart, type Series } from '../../charts/Chart';
import { EmptyState } from '../../shell/EmptyState';
import { Panel } from '../../shell/Panel';
import { ProblemNotice } from '../../shell/ProblemNotice';
import { isSystem } from '../run/metrics';
import classes from './Compare.module.css';
import { overlaidQuery } from './queries';

const mostCharts = 12;
const mostLines = 20;
// As many charts as the API gives in one answer.
const atOnce = 200;

/** The metrics that the runs have, each as a chart with a line for each run. */
export function OverlaidCharts({ project, comparison }: { project: string; comparison: Schema<'RunComparison'> }) {
  const [zoom, setZoom] = useState<[number, number] | null>(null);
  const runs = useMemo(() => comparison.runs.slice(0, mostLines).map((run) => run.id), [comparison]);
  const names = useMemo(
    () =>
      comparison.rows
        .filter((row) => row.kind === 'metric' && !isSystem(row.key))
        .slice(0, Math.min(mostCharts, Math.floor(atOnce / Math.max(1, runs.length))))
        .map((row) => row.key),
    [comparison, runs.length],
  );
  const charts = useQuery(overlaidQuery(project, runs, names));
  const lines = useMemo(() => {
    const labels = new Map(comparison.runs.map((run) => [run.id, run.name]));
    const found = new Map<string, Series[]>();
    for (const chart of charts.data?.charts ?? []) {
      if (chart.count < 2) continue;
      const series: Series = { id: chart.run, label: labels.get(chart.run) ?? chart.run, x: chart.x, y: chart.values.map(finite) };
      found.set(chart.name, [...(found.get(chart.name) ?? []), series]);
    }
    return found;
  }, [charts.data, comparison]);
  if (charts.error) return <ProblemNotice error={charts.error} onRetry={() => void charts.refetch()} />;
  if (charts.isPending && names.length > 0) return <Skeleton height={300} />;
  if (lines.size === 0) return <EmptyState title="No chart">None of the runs has logged a metric more than once.</EmptyState>;
  return (
    <>
      {comparison.runs.length > mostLines && <p className="quiet">Lines of the first {mostLines} runs.</p>}
      <div className={classes.charts}>
        {[...lines].map(([name, series]) => (
          <Panel key={name} title={name}>
            <div className={classes.chart}>
              <Chart
                label={`${name} by step, a line for each run`}
                series={series}
                xLabel="Step"
                sync="compare"
                zoom={zoom}
                onZoom={setZoom}
                height={240}
              />
            </div>
          </Panel>
        ))}
      </div>
    </>
  );
}

const finite = (value: unknown): number | null => (Number.isFinite(Number(value)) ? Number(value) : null);
