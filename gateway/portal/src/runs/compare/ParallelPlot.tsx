import { RangeSlider, useComputedColorScheme } from '@mantine/core';
import { useMemo, useState } from 'react';
import { counted, measure } from '../../format/numbers';
import { EmptyState } from '../../shell/EmptyState';
import { Panel } from '../../shell/Panel';
import { seriesColor } from '../../theme';
import type { Run } from '../rows';
import { joined, split } from '../search';
import classes from './Compare.module.css';
import { FieldChooser } from './FieldChooser';
import { type Field, telling } from './fields';
import { axisOf, isWithin } from './parallel';
import type { CompareChange, CompareSearch } from './search';

const height = 340;
const edge = { top: 34, bottom: 18, side: 70 };
const narrowest = 110;
const firstAxes = 8;

interface ParallelPlotProps {
  runs: readonly Run[];
  fields: readonly Field[];
  search: CompareSearch;
  onChange: (change: CompareChange) => void;
}

/** Runs as lines over an axis for each param and metric that differs, or those that are chosen. Ranges under the plot say which lines stand out. */
export function ParallelPlot({ runs, fields, search, onChange }: ParallelPlotProps) {
  const scheme = useComputedColorScheme('light');
  const [ranges, setRanges] = useState<ReadonlyMap<string, readonly [number, number]>>(new Map());
  const chosen = useMemo(() => (search.axes ? split(search.axes) : firstOf(fields)), [fields, search.axes]);
  const axes = useMemo(
    () =>
      chosen.flatMap((id) => {
        const field = fields.find((one) => one.id === id);
        return field ? [axisOf(field.id, field.label, field.values, (value) => measure(value, 3))] : [];
      }),
    [chosen, fields],
  );
  const chooser = (
    <div className={classes.controls}>
      <FieldChooser
        noun="axes"
        choices={fields.map(({ id, label, group }) => ({ value: id, label, group }))}
        chosen={axes.map((axis) => axis.id)}
        onChoose={(next) => onChange({ axes: next && joined(next) })}
      />
    </div>
  );
  if (axes.length < 2) {
    return (
      <>
        {chooser}
        <EmptyState title="Too few axes">Two params or metrics make a plot.</EmptyState>
      </>
    );
  }

  const width = Math.max(1080, 2 * edge.side + (axes.length - 1) * narrowest);
  const x = (axis: number) => edge.side + (axis * (width - 2 * edge.side)) / (axes.length - 1);
  const y = (place: number) => edge.top + (1 - place) * (height - edge.top - edge.bottom);
  const within = runs.map((_, run) => isWithin(axes, ranges, run));
  return (
    <>
      {chooser}
      <Panel
        title="Runs along params and metrics"
        aside={<span className="quiet">{counted(within.filter(Boolean).length, 'run')} in the ranges</span>}
      >
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
        <section className={classes.wide} aria-label="Parallel coordinates" tabIndex={0}>
          <svg
            viewBox={`0 0 ${width} ${height}`}
            className={classes.parallel}
            style={{ minWidth: width > 1080 ? width : undefined }}
            role="img"
            aria-label={`${runs.length} runs over ${axes.map((axis) => axis.label).join(', ')}`}
          >
            {runs.map((run, i) => (
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
        </section>
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
    </>
  );
}

/** The axes to begin with: params that differ and metrics that do, half of each where there are many. */
function firstOf(fields: readonly Field[]): string[] {
  const [params, metrics] = [telling(fields, 'Params'), telling(fields, 'Metrics')];
  const half = Math.max(firstAxes / 2, firstAxes - metrics.length);
  return [...params.slice(0, half), ...metrics.slice(0, firstAxes - Math.min(params.length, half))].map((field) => field.id);
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
