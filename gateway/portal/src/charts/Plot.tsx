import 'uplot/dist/uPlot.min.css';
import { ActionIcon, useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { IconChartLine, IconTable } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import { seriesColor } from '../theme';
import type { ChartProps } from './Chart';
import classes from './Chart.module.css';
import { optionsOf, plain } from './options';
import { PointsTable } from './PointsTable';
import { aligned, type Series } from './series';
import { moment } from './timeAxis';
import { tooltip } from './tooltip';

const nothing = () => {};

/** The chart itself, on a canvas. */
export function Plot(props: ChartProps & { height: number }) {
  const {
    label,
    series,
    height,
    log = false,
    time = false,
    xLabel = 'x',
    formatX = time ? moment : plain,
    formatY = plain,
    sync,
    zoom,
    onZoom = nothing,
  } = props;
  const scheme = useComputedColorScheme('light');
  const { ref: frame, width } = useElementSize();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const zoomed = useRef(onZoom);
  zoomed.current = onZoom;
  const [asTable, setAsTable] = useState(false);
  const data = useMemo(() => shownOn(aligned(series), log), [series, log]);
  // The chart is made anew when its lines are others, not when they grow.
  const lines = series
    .map(({ id, label, color, dash, faint, band }) => [id, label, color, dash, faint, band !== undefined].join())
    .join('\n');
  const ready = width > 0 && !asTable;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `lines` stands for the series; their points come by setData, sizes by setSize.
  useEffect(() => {
    if (!ready || !place.current) return;
    const look = { scheme, width, height, log, time, formatX, formatY, sync };
    const colors = series.map((one, i) => one.color ?? seriesColor(i, scheme));
    const options = optionsOf(series, look, (range) => zoomed.current(range));
    options.plugins = [tooltip(series, colors, formatX, formatY, classes)];
    const made = new uPlot(options, data, place.current);
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [ready, lines, scheme, log, time, formatX, formatY, sync]);

  useEffect(() => {
    const made = plot.current;
    if (!made || made.data === data) return;
    const { min, max } = made.scales.x ?? {};
    const xs = made.data[0];
    const whole = min == null || max == null || xs.length === 0 || (min <= (xs[0] as number) && max >= (xs.at(-1) as number));
    made.setData(data, whole);
    // Somebody has zoomed in: the stretch stays while points come, and only its y axis follows.
    if (!whole) made.redraw(true, true);
  }, [data]);

  useEffect(() => {
    plot.current?.setSize({ width, height });
  }, [width, height]);

  useEffect(() => {
    const made = plot.current;
    if (!made || zoom === undefined) return;
    const xs = made.data[0];
    if (zoom) made.setScale('x', { min: zoom[0], max: zoom[1] });
    else if (xs.length > 0) made.setScale('x', { min: xs[0] as number, max: xs.at(-1) as number });
  }, [zoom]);

  return (
    <figure className={classes.figure} ref={frame} style={{ minHeight: height }}>
      <ActionIcon
        className={classes.toggle}
        size="sm"
        aria-pressed={asTable}
        aria-label={asTable ? `Show as chart: ${label}` : `Show as table: ${label}`}
        onClick={() => setAsTable(!asTable)}
      >
        {asTable ? <IconChartLine size={14} /> : <IconTable size={14} />}
      </ActionIcon>
      {asTable ? (
        <PointsTable label={label} series={series} xLabel={xLabel} formatX={formatX} formatY={formatY} height={height} />
      ) : (
        <div ref={place} role="img" aria-label={`${label}. ${summary(series, formatY)}`} className={classes.place} />
      )}
    </figure>
  );
}

/** A logarithmic axis has no place for 0 and below. */
function shownOn(data: uPlot.AlignedData, log: boolean): uPlot.AlignedData {
  if (!log) return data;
  const [x, ...ys] = data;
  return [x, ...ys.map((y) => Array.from(y, (value) => (value != null && value > 0 ? value : null)))];
}

function summary(series: readonly Series[], formatY: (y: number) => string): string {
  const said = series.filter((one) => !one.faint).slice(0, 5);
  const parts = said.flatMap((one) => {
    const last = one.y.findLast((value) => value !== null);
    return last == null ? [] : [`${one.label}: last ${formatY(last)}`];
  });
  return parts.join(', ');
}
