import { Checkbox, SegmentedControl, Skeleton, Slider, TextInput, useComputedColorScheme } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Chart, type Series } from '../../charts/Chart';
import { smoothed } from '../../charts/smoothing';
import { count } from '../../format/numbers';
import { EmptyState } from '../../shell/EmptyState';
import { Panel } from '../../shell/Panel';
import { ProblemNotice } from '../../shell/ProblemNotice';
import { seriesColor } from '../../theme';
import type { Run } from '../rows';
import { isSystem, numberOf } from './metrics';
import { chartsQuery } from './queries';
import classes from './Run.module.css';
import type { Axis, RunSearch } from './search';

interface ChartsTabProps {
  project: string;
  run: Run;
  search: RunSearch;
  onChange: (change: { [Key in keyof RunSearch]?: RunSearch[Key] | undefined }) => void;
}

const axisLabels: Record<Axis, string> = { step: 'Step', time: 'Time', relative: 'Since start' };
const tallest = 120;

/** Every metric with a history as a chart, all with one zoom. Those of the machine stand apart. */
export function ChartsTab({ project, run, search, onChange }: ChartsTabProps) {
  const color = seriesColor(0, useComputedColorScheme('light'));
  const [zoom, setZoom] = useState<[number, number] | null>(null);
  const x = search.x ?? 'step';
  const smooth = search.smooth ?? 0;
  const fitting = useMemo(
    () =>
      Object.entries(run.metrics)
        .filter(([name, known]) => known.count > 1 && name.toLowerCase().includes((search.metric ?? '').toLowerCase()))
        .map(([name]) => name)
        .sort((a, b) => Number(isSystem(a)) - Number(isSystem(b)) || a.localeCompare(b, 'en', { numeric: true })),
    [run.metrics, search.metric],
  );
  const names = useMemo(() => fitting.slice(0, tallest), [fitting]);
  const charts = useQuery({ ...chartsQuery(project, run.id, names, x), placeholderData: keepPreviousData, enabled: names.length > 0 });
  const byName = useMemo(() => {
    const found = new Map<string, Series[]>();
    for (const chart of charts.data ?? []) {
      const xs = chart.x.map((value) => (x === 'time' ? value / 1000 : value));
      const ys = chart.values.map(finite);
      const raw: Series = { id: 'raw', label: chart.name, x: xs, y: ys, color };
      found.set(
        chart.name,
        smooth > 0
          ? [
              { ...raw, label: `${chart.name}, as logged`, faint: true },
              { id: 'smooth', label: chart.name, x: xs, y: smoothed(ys, smooth), color },
            ]
          : [raw],
      );
    }
    return found;
  }, [charts.data, x, smooth, color]);

  const chart = (name: string) => {
    const series = byName.get(name);
    return (
      <Panel key={name} title={name}>
        {series ? (
          <div className={classes.chart}>
            <Chart
              label={`${name} by ${axisLabels[x].toLowerCase()}`}
              series={series}
              log={search.log ?? false}
              time={x === 'time'}
              xLabel={axisLabels[x]}
              sync={run.id}
              zoom={zoom}
              onZoom={setZoom}
              height={200}
            />
          </div>
        ) : (
          <Skeleton height={200} radius={0} />
        )}
      </Panel>
    );
  };

  const machine = names.filter(isSystem);
  const own = names.filter((name) => !isSystem(name));
  const any = Object.values(run.metrics).some((known) => known.count > 1);
  return (
    <>
      <div className={classes.controls}>
        <TextInput
          aria-label="Filter by name"
          placeholder="Filter by name"
          value={search.metric ?? ''}
          onChange={(event) => onChange({ metric: event.currentTarget.value || undefined })}
        />
        <SegmentedControl
          aria-label="Along"
          value={x}
          data={Object.entries(axisLabels).map(([value, label]) => ({ value, label }))}
          onChange={(value) => {
            setZoom(null);
            onChange({ x: value === 'step' ? undefined : (value as Axis) });
          }}
        />
        <Checkbox
          label="Logarithmic"
          checked={search.log ?? false}
          onChange={(event) => onChange({ log: event.currentTarget.checked || undefined })}
        />
        <div className={classes.smooth}>
          <span id="smoothing">Smoothing</span>
          <Slider
            aria-labelledby="smoothing"
            thumbLabel="Smoothing"
            min={0}
            max={0.99}
            step={0.01}
            value={smooth}
            label={(value) => value.toFixed(2)}
            onChange={(value) => onChange({ smooth: value === 0 ? undefined : value })}
          />
        </div>
      </div>
      {charts.error && <ProblemNotice error={charts.error} onRetry={() => void charts.refetch()} />}
      {fitting.length > tallest && (
        <p className="quiet" role="status">
          The first {tallest} of {count(fitting.length)} metrics. A part of a name finds the others.
        </p>
      )}
      {names.length === 0 &&
        (any ? (
          <EmptyState title="No metric of that name">Another part of a name may find some.</EmptyState>
        ) : (
          <EmptyState title="No chart yet">
            A metric that is logged more than once, such as once a step, becomes a chart here while the run is at work.
          </EmptyState>
        ))}
      {own.length > 0 && <div className={classes.charts}>{own.map(chart)}</div>}
      {machine.length > 0 && (
        <>
          <h2 className={classes.part}>The machine</h2>
          <div className={classes.charts}>{machine.map(chart)}</div>
        </>
      )}
    </>
  );
}

const finite = (value: unknown): number | null => {
  const number = numberOf(value);
  return Number.isFinite(number) ? number : null;
};
