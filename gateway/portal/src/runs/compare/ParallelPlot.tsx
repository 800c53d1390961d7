import { RangeSlider, useComputedColorScheme } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { Schema } from '../../api/client';
import { counted, measure } from '../../format/numbers';
import { EmptyState } from '../../shell/EmptyState';
import { Panel } from '../../shell/Panel';
import { seriesColor } from '../../theme';
import { isSystem } from '../run/metrics';
import classes from './Compare.module.css';
import { axisOf, isWithin } from './parallel';

const width = 1080;
const height = 340;
const edge = { top: 34, bottom: 18, side: 70 };
const mostAxes = 8;

/** Runs as lines over an axis for each param and metric that differs. Ranges under the plot say which lines stand out. */
export function ParallelPlot({ comparison }: { comparison: Schema<'RunComparison'> }) {
  const scheme = useComputedColorScheme('light');
  const [ranges, setRanges] = useState<ReadonlyMap<string, readonly [number, number]>>(new Map());
  const axes = useMemo(() => {
    const rows = comparison.rows.filter((row) => row.differs && !isSystem(row.key));
    const params = rows.filter((row) => row.kind === 'param').slice(0, mostAxes / 2);
    const metrics = rows.filter((row) => row.kind === 'metric').slice(0, mostAxes - params.length);
    return [...params, ...metrics].map((row) =>
      axisOf(
        `${row.kind} ${row.key}`,
        row.key,
        row.values.map((value) => (row.kind === 'metric' ? finite(value?.last) : value?.text)),
        (value) => measure(value, 3),
      ),
    );
  }, [comparison]);
  if (axes.length < 2) return <EmptyState title="Too little differs">Two params or metrics that differ make a plot.</EmptyState>;

  const x = (axis: number) => edge.side + (axis * (width - 2 * edge.side)) / (axes.length - 1);
  const y = (place: number) => edge.top + (1 - place) * (height - edge.top - edge.bottom);
  const within = comparison.runs.map((_, run) => isWithin(axes, ranges, run));
  return (
    <Panel
      title="Params and metrics that differ"
      aside={<span className="quiet">{counted(within.filter(Boolean).length, 'run')} in the ranges</span>}
    >
      <svg
        viewBox={`0 0 ${width} ${height}`}
        className={classes.parallel}
        role="img"
        aria-label={`${comparison.runs.length} runs over ${axes.map((axis) => axis.label).join(', ')}`}
      >
        {comparison.runs.map((run, i) => (
          <path
            key={run.id}
            d={pathOf(axes.map((axis, a) => (axis.places[i] == null ? null : [x(a), y(axis.places[i] as number)])))}
            stroke={seriesColor(i, scheme)}
            data-within={within[i] || undefined}
          >
            <title>{run.name}</title>
          </path>
        ))}
        {axes.map((axis, a) => (
          <g key={axis.id} transform={`translate(${x(a)} 0)`}>
            <line y1={edge.top} y2={height - edge.bottom} />
            <text y={16} textAnchor="middle" className={classes.axis}>
              {axis.label.length > 20 ? `${axis.label.slice(0, 19)}…` : axis.label}
              <title>{axis.label}</title>
            </text>
            {axis.ticks.map((tick) => (
              <text key={tick.at} x={6} y={y(tick.at) + 4}>
                {tick.text}
              </text>
            ))}
          </g>
        ))}
      </svg>
      <div className={classes.ranges}>
        {axes.map((axis) => (
          <div key={axis.id}>
            <span className="line" title={axis.label}>
              {axis.label}
            </span>
            <RangeSlider
              thumbFromLabel={`${axis.label}, from`}
              thumbToLabel={`${axis.label}, to`}
              size="sm"
              minRange={0}
              label={null}
              value={[...(ranges.get(axis.id) ?? [0, 1])].map((place) => place * 100) as [number, number]}
              onChange={([from, to]) => setRanges((before) => new Map(before).set(axis.id, [from / 100, to / 100]))}
            />
          </div>
        ))}
      </div>
    </Panel>
  );
}

/** A line through places; where a run has no value it is interrupted. */
function pathOf(places: readonly (readonly [number, number] | null)[]): string {
  let path = '';
  let drawing = false;
  for (const place of places) {
    if (place) path += `${drawing ? 'L' : 'M'}${place[0]} ${place[1]}`;
    drawing = place !== null;
  }
  return path;
}

// What has no place along an axis is missing there: NaN and infinities come as words.
const finite = (value: unknown): number | null =>
  value !== null && value !== undefined && Number.isFinite(Number(value)) ? Number(value) : null;
