import type uPlot from 'uplot';
import { measure } from '../format/numbers';
import { seriesColor } from '../theme';
import type { Series } from './series';
import { timeTicks } from './timeAxis';

export interface ChartLook {
  scheme: 'light' | 'dark';
  width: number;
  height: number;
  log: boolean;
  time: boolean;
  formatX: (x: number) => string;
  formatY: (y: number) => string;
  sync: string | undefined;
}

const inks = {
  light: { text: '#5f6775', grid: '#edeff3', axis: '#d9dde4' },
  dark: { text: '#9ba1ad', grid: '#242932', axis: '#333842' },
};

/** Options of uPlot for the series and the look. */
export function optionsOf(series: readonly Series[], look: ChartLook, onZoom: (range: [number, number] | null) => void): uPlot.Options {
  const ink = inks[look.scheme];
  const font = '11px system-ui, sans-serif';
  const lines: uPlot.Series[] = [];
  const bands: uPlot.Band[] = [];
  series.forEach((one, i) => {
    const color = one.color ?? seriesColor(i, look.scheme);
    lines.push({
      label: one.label,
      stroke: one.faint ? `${color}55` : color,
      width: one.faint ? 1 : 1.75,
      spanGaps: true,
      points: {
        show: (plot, at) => isAlone(plot.data[at]) || (one.y.length <= 24 && series.length <= 6 && !one.faint),
        size: 5,
        fill: color,
      },
      ...(one.dash ? { dash: one.dash } : {}),
    });
    if (one.band) {
      const edge: uPlot.Series = { label: '', stroke: 'transparent', width: 0, spanGaps: true, points: { show: false } };
      lines.push(edge, edge);
      bands.push({ series: [lines.length, lines.length - 1], fill: `${color}26` });
    }
  });
  const axis = { stroke: ink.text, font, grid: { stroke: ink.grid, width: 1 }, ticks: { stroke: ink.axis, width: 1, size: 4 } };
  return {
    width: look.width,
    height: look.height,
    pxAlign: 0,
    legend: { show: false },
    padding: [8, 12, 0, 0],
    cursor: {
      drag: { x: true, y: false, setScale: true },
      points: { size: 6 },
      ...(look.sync ? { sync: { key: look.sync } } : {}),
    },
    scales: { x: { time: look.time }, y: { distr: look.log ? 3 : 1 } },
    axes: [
      {
        ...axis,
        size: 28,
        gap: 4,
        values: (_, ticks, __, ___, step) => (look.time ? timeTicks(ticks, step) : ticks.map((tick) => look.formatX(tick))),
      },
      { ...axis, size: sizeOf, gap: 4, values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : look.formatY(tick))) },
    ],
    series: [{}, ...lines],
    bands,
    hooks: {
      setScale: [
        (plot, scale) => {
          if (scale !== 'x' || plot.status !== 1) return;
          const { min, max } = plot.scales.x ?? {};
          const xs = plot.data[0];
          if (min == null || max == null || xs.length === 0) return;
          const whole = min <= (xs[0] as number) && max >= (xs.at(-1) as number);
          onZoom(whole ? null : [min, max]);
        },
      ],
    },
  };
}

// A value alone has no line.
function isAlone(values: ArrayLike<number | null | undefined> | undefined): boolean {
  let known = 0;
  for (let i = 0; values && i < values.length && known < 2; i++) if (values[i] != null) known++;
  return known < 2;
}

// As wide as the widest of its numbers.
const sizeOf: uPlot.Axis.Size = (_, values) => Math.max(36, 14 + 6.2 * Math.max(0, ...(values ?? []).map((value) => value.length)));

/** How numbers on axes are written when nothing else is said. */
export const plain = (value: number): string => measure(value, 4);
