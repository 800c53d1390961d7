import { useComputedColorScheme } from '@mantine/core';
import { seriesColor } from '../theme';
import classes from './Chart.module.css';
import type { Series } from './series';

/** Which line of a chart is which: by colour and dashes. Nothing for a single line. */
export function Legend({ series }: { series: readonly Series[] }) {
  const scheme = useComputedColorScheme('light');
  if (series.length < 2) return null;
  return (
    <span className={classes.legend}>
      {series.map((one, i) => (
        <span key={one.id}>
          <svg width="18" height="8" aria-hidden="true">
            <line
              x1="0"
              x2="18"
              y1="4"
              y2="4"
              stroke={one.color ?? seriesColor(i, scheme)}
              strokeWidth="2"
              strokeDasharray={one.dash?.join(' ')}
            />
          </svg>
          {one.label}
        </span>
      ))}
    </span>
  );
}
