import uPlot from 'uplot';

/** A line of a chart, with x values of its own. */
export interface Series {
  /** Unique in its chart. */
  id: string;
  label: string;
  x: readonly number[];
  y: readonly (number | null)[];
  /** Without it: the next of the palette. */
  color?: string | undefined;
  dash?: number[] | undefined;
  /** Paler, such as the raw values behind a smoothed line. */
  faint?: boolean | undefined;
  /** What lies around the line, such as mean ± deviation; on the same x. */
  band?: { low: readonly (number | null)[]; high: readonly (number | null)[] } | undefined;
}

/** All series over one x axis, as uPlot wants them: x, then for each series y, and low and high where it has a band. */
export function aligned(series: readonly Series[]): uPlot.AlignedData {
  if (series.length === 0) return [[]];
  const tables = series.map(
    ({ x, y, band }) => [x, y, ...(band ? [band.low, band.high] : [])].map((values) => [...values]) as uPlot.AlignedData,
  );
  return tables.length === 1 ? (tables[0] as uPlot.AlignedData) : uPlot.join(tables);
}

/** The value of a series at a place, or the nearest one before it: series have their points at different x. */
export function valueAt(y: ArrayLike<number | null | undefined>, index: number): number | null {
  for (let i = index; i >= 0; i--) {
    const value = y[i];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}
