import { lazy, Suspense } from 'react';
import classes from './Chart.module.css';
import type { Series } from './series';

export type { Series } from './series';

export interface ChartProps {
  /** What the chart shows, in a phrase; read to those who do not see it. */
  label: string;
  series: readonly Series[];
  height?: number;
  /** Logarithmic y axis; what is not above 0 is left out. */
  log?: boolean;
  /** Whether x is seconds since 1970. */
  time?: boolean;
  /** Name of the x values, such as `Step`. */
  xLabel?: string;
  /** Keep both stable: the chart is made anew with them. */
  formatX?: (x: number) => string;
  formatY?: (y: number) => string;
  /** Charts of the same name show their cursors together. */
  sync?: string;
  /** The stretch of x to show; null for all. Without it the chart keeps its own zoom. */
  zoom?: [number, number] | null;
  onZoom?: (range: [number, number] | null) => void;
}

const Plot = lazy(() => import('./Plot').then((module) => ({ default: module.Plot })));

/**
 * The one line chart. Drag zooms, a double click shows all again, the pointer shows the values of all series; a table of the values is one click away. Smoothing is
 * done outside: give the smoothed series, and the raw one as `faint`. Keep `series` stable while nothing changes (`useMemo`).
 */
export function Chart(props: ChartProps) {
  const height = props.height ?? 220;
  return (
    <Suspense fallback={<div className={classes.awaited} style={{ height }} aria-busy />}>
      <Plot {...props} height={height} />
    </Suspense>
  );
}
