import { useMemo } from 'react';
import { count, measure } from '../format/numbers';
import classes from './Histogram.module.css';
import { type Bar, type Bins, histograms } from './histogram';

interface HistogramProps {
  /** Whose distribution it is. */
  label: string;
  bins: Bins;
  /** Another one to compare with, drawn as an outline over it. */
  before?: Bins | null | undefined;
  height: number;
  /** Whether the values stand below. */
  axis?: boolean;
}

/** A distribution of numbers as bars. */
export function Histogram({ label, bins, before, height, axis = false }: HistogramProps) {
  const drawn = useMemo(() => histograms(before ? [bins, before] : [bins]), [bins, before]);
  const [bars = [], outline] = drawn.bars;
  const width = drawn.to - drawn.from;
  const x = (value: number) => ((value - drawn.from) / width) * 100;
  const most = bars.reduce<Bar | undefined>((best, bar) => (best && best.height >= bar.height ? best : bar), undefined);
  return (
    <div>
      <svg
        role="img"
        aria-label={`${label}: from ${measure(drawn.from)} to ${measure(drawn.to)}${most ? `, most between ${measure(most.from)} and ${measure(most.to)}` : ''}`}
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        className={classes.histogram}
        height={height}
      >
        {bars.map((bar) => (
          <rect
            key={bar.from}
            className={classes.bar}
            x={x(bar.from)}
            y={100 - bar.height * 98}
            width={Math.max(0.4, x(bar.to) - x(bar.from) - (bars.length > 40 ? 0 : 0.5))}
            height={bar.height * 98}
          >
            <title>{`${measure(bar.from)} to ${measure(bar.to)}: ${count(bar.count)}`}</title>
          </rect>
        ))}
        {outline && <path className={classes.outline} d={stepsOf(outline, x)} />}
      </svg>
      {axis && (
        <div className={classes.axis}>
          <span>{measure(drawn.from)}</span>
          <span>{measure(drawn.from + width / 2)}</span>
          <span>{measure(drawn.to)}</span>
        </div>
      )}
    </div>
  );
}

/** The upper edge of bars. */
function stepsOf(bars: readonly Bar[], x: (value: number) => number): string {
  const first = bars[0];
  const last = bars.at(-1);
  if (!first || !last) return '';
  const steps = bars.map((bar) => `V${100 - bar.height * 98}H${x(bar.to)}`);
  return `M${x(first.from)},100${steps.join('')}V100`;
}
