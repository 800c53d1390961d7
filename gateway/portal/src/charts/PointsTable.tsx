import { Table } from '@mantine/core';
import { useMemo } from 'react';
import classes from './Chart.module.css';
import { aligned, type Series } from './series';

interface PointsTableProps {
  label: string;
  series: readonly Series[];
  xLabel: string;
  formatX: (x: number) => string;
  formatY: (y: number) => string;
  height: number;
}

const most = 500;

/** The values of a chart in rows. */
export function PointsTable({ label, series, xLabel, formatX, formatY, height }: PointsTableProps) {
  const shown = useMemo(() => series.filter((one) => !one.faint).map(({ band, ...one }) => one), [series]);
  const [xs, ...ys] = useMemo(() => aligned(shown), [shown]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard.
    <section className={classes.points} style={{ height }} aria-label={`Values: ${label}`} tabIndex={0}>
      <Table stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{xLabel}</Table.Th>
            {shown.map((one) => (
              <Table.Th key={one.id} className="number">
                {one.label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {Array.from(xs ?? [])
            .slice(0, most)
            .map((x, i) => (
              <Table.Tr key={x}>
                <Table.Td>{formatX(x)}</Table.Td>
                {shown.map((one, j) => {
                  const value = ys[j]?.[i];
                  return (
                    <Table.Td key={one.id} className="number">
                      {value == null ? '–' : formatY(value)}
                    </Table.Td>
                  );
                })}
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
      {(xs?.length ?? 0) > most && <p className="quiet">The first {most} points.</p>}
    </section>
  );
}
