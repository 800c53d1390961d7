import { useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { counted, measure } from '../../format/numbers';
import { StatusBadge } from '../../shell/StatusBadge';
import { seriesColor } from '../../theme';
import type { Run } from '../rows';
import type { Field } from './fields';
import { type Axis, axisOf } from './parallel';
import classes from './ScatterPlot.module.css';
import { markOf } from './scatter';

const height = 460;
const edge = { top: 16, bottom: 46, left: 76, right: 24 };
const inner = 14;
const mostInLegend = 12;

interface ScatterPlotProps {
  project: string;
  runs: readonly Run[];
  x: Field;
  y: Field;
  color: Field | null;
  log: { x: boolean; y: boolean };
}

interface Point {
  run: Run;
  /** Its place among the runs. */
  index: number;
  x: number;
  y: number;
}

/** The points; each leads to its run, and tells its values where the pointer or the focus is. Arrow keys go from point to point. */
export function ScatterPlot({ project, runs, x, y, color, log }: ScatterPlotProps) {
  const scheme = useComputedColorScheme('light');
  const { ref, width } = useElementSize();
  const plot = useRef<SVGSVGElement>(null);
  const [told, setTold] = useState<Point | null>(null);
  const [active, setActive] = useState(0);
  const [across, up, hue] = useMemo(() => [axis(x, log.x), axis(y, log.y), color && axis(color, false)], [x, y, color, log.x, log.y]);
  const categories = useMemo(() => (color && hue && !hue.numeric ? namesOf(color) : null), [color, hue]);

  const place = {
    x: (at: number) => edge.left + inner + at * Math.max(0, width - edge.left - edge.right - 2 * inner),
    y: (at: number) => edge.top + inner + (1 - at) * (height - edge.top - edge.bottom - 2 * inner),
  };
  const points = runs
    .flatMap((run, index): Point[] => {
      const [a, b] = [across.places[index], up.places[index]];
      return a == null || b == null ? [] : [{ run, index, x: place.x(a), y: place.y(b) }];
    })
    .sort((a, b) => a.x - b.x || b.y - a.y);

  const look = (index: number) => {
    const value = color?.values[index];
    if (!color || !hue) return { mark: markOf(0), fill: seriesColor(0, scheme) };
    if (value == null || value === '') return { mark: markOf(0), fill: 'var(--mesh-idle)' };
    if (!categories) return { mark: markOf(0), fill: between(hue.places[index] ?? 0.5) };
    const category = categories.indexOf(String(value));
    return { mark: markOf(category), fill: seriesColor(category, scheme) };
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step || points.length === 0) return;
    const next = (Math.min(active, points.length - 1) + step + points.length) % points.length;
    setActive(next);
    plot.current?.querySelector<SVGElement>(`[data-point="${next}"]`)?.focus();
    event.preventDefault();
  };

  const missing = runs.length - points.length;
  return (
    <div className={classes.whole}>
      <div ref={ref} className={classes.frame} style={{ height }}>
        {width > 0 && (
          <svg
            ref={plot}
            width={width}
            height={height}
            role="group"
            aria-label={`${counted(points.length, 'run')} along ${x.label} and ${y.label}`}
            onKeyDown={onKeyDown}
          >
            <Frame across={across} up={up} place={place} width={width} />
            {points.map((point, i) => {
              const { mark, fill } = look(point.index);
              const shown = () => setTold(point);
              return (
                <Link
                  key={point.run.id}
                  to="/p/$project/runs/$run"
                  params={{ project, run: point.run.id }}
                  className={classes.point}
                  aria-label={`${point.run.name}: ${valuesOf(point.index, x, y, color).join(', ')}`}
                  tabIndex={i === Math.min(active, points.length - 1) ? 0 : -1}
                  data-point={i}
                  onMouseEnter={shown}
                  onMouseLeave={() => setTold(null)}
                  onFocus={() => {
                    setActive(i);
                    shown();
                  }}
                  onBlur={() => setTold(null)}
                >
                  <path transform={`translate(${point.x} ${point.y})`} d={mark} style={{ fill }} />
                </Link>
              );
            })}
          </svg>
        )}
        {told && (
          <div
            className={classes.told}
            style={{
              top: Math.min(told.y + 12, height - 120),
              ...(told.x > width / 2 ? { right: width - told.x + 12 } : { left: told.x + 12 }),
            }}
          >
            <b>{told.run.name}</b>
            <StatusBadge status={told.run.status} />
            {valuesOf(told.index, x, y, color).map((text) => (
              <span key={text}>{text}</span>
            ))}
          </div>
        )}
      </div>
      <div className={classes.legend}>
        {color && (
          <>
            <b>{color.label}</b>
            {categories
              ? categories.slice(0, mostInLegend).map((name, i) => (
                  <span key={name} className={classes.entry}>
                    <svg width={14} height={14} viewBox="-7 -7 14 14" aria-hidden>
                      <path d={markOf(i)} style={{ fill: seriesColor(i, scheme) }} />
                    </svg>
                    {name}
                  </span>
                ))
              : hue && (
                  <span className={classes.entry}>
                    {hue.ticks[0]?.text}
                    {hue.ticks.length > 1 && (
                      <>
                        <i className={classes.scale} aria-hidden /> {hue.ticks.at(-1)?.text}
                      </>
                    )}
                  </span>
                )}
            {categories && categories.length > mostInLegend && <span>and {categories.length - mostInLegend} more</span>}
          </>
        )}
        {missing > 0 && (
          <span className={classes.missing}>
            {missing === 1 ? '1 run has' : `${missing} runs have`} no place here: no value, or none that a logarithmic axis has.
          </span>
        )}
      </div>
    </div>
  );
}

interface FrameProps {
  across: Axis;
  up: Axis;
  place: { x: (at: number) => number; y: (at: number) => number };
  width: number;
}

/** Axes with their names and values. */
function Frame({ across, up, place, width }: FrameProps) {
  const bottom = height - edge.bottom;
  // As many texts as have room beside each other.
  const every = Math.ceil(across.ticks.length / Math.max(1, Math.floor((width - edge.left) / 90)));
  return (
    <g className={classes.axes} aria-hidden>
      {up.ticks.map((tick) => (
        <g key={tick.at}>
          <line x1={edge.left} x2={width - edge.right} y1={place.y(tick.at)} y2={place.y(tick.at)} />
          <text x={edge.left - 8} y={place.y(tick.at) + 4} textAnchor="end">
            {short(tick.text, 10)}
          </text>
        </g>
      ))}
      {across.ticks.map((tick, i) => (
        <g key={tick.at}>
          <line x1={place.x(tick.at)} x2={place.x(tick.at)} y1={edge.top} y2={bottom} />
          {i % every === 0 && (
            <text x={place.x(tick.at)} y={bottom + 16} textAnchor="middle">
              {short(tick.text, 14)}
            </text>
          )}
        </g>
      ))}
      <text className={classes.name} x={(edge.left + width - edge.right) / 2} y={height - 8} textAnchor="middle">
        {across.label}
      </text>
      <text className={classes.name} transform={`translate(14 ${(edge.top + bottom) / 2}) rotate(-90)`} textAnchor="middle">
        {up.label}
      </text>
    </g>
  );
}

const axis = (field: Field, log: boolean): Axis => axisOf(field.id, field.label, field.values, (value) => measure(value, 3), log);

const namesOf = (field: Field): string[] =>
  [...new Set(field.values.filter((value) => value !== null && value !== '').map(String))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );

const valuesOf = (index: number, ...fields: readonly (Field | null)[]): string[] =>
  [...new Set(fields)].flatMap((field) => {
    if (!field) return [];
    const value = field.values[index];
    return [`${field.label} ${value == null || value === '' ? 'none' : typeof value === 'number' ? measure(value) : value}`];
  });

const short = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** A colour along the scale from low to high. */
const between = (place: number): string => `color-mix(in oklab, var(--mesh-warn) ${Math.round(place * 100)}%, var(--mesh-busy))`;
