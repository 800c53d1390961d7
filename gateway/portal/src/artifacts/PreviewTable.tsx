import { useMemo } from 'react';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import classes from './Preview.module.css';

interface Row {
  number: number;
  cells: readonly string[];
}

const idOf = (row: Row) => String(row.number);
const widthOf = (texts: readonly string[]) => Math.min(260, Math.max(70, Math.max(...texts.map((text) => text.length)) * 8 + 24));
const isNumber = (text: string | undefined) => text === undefined || text === '' || Number.isFinite(Number(text));

/** The first rows of a file of separated values. */
export function PreviewTable({ name, columns, rows }: { name: string; columns: readonly string[]; rows: readonly string[][] }) {
  const numbered = useMemo(() => rows.map((cells, i): Row => ({ number: i + 1, cells })), [rows]);
  const shown = useMemo(
    () => [
      {
        id: '#',
        header: '#',
        width: 56,
        align: 'right' as const,
        fixed: true,
        cell: (row: Row) => <span className="quiet">{row.number}</span>,
      },
      ...columns.map(
        (header, i): Column<Row> => ({
          id: `${i} ${header}`,
          header,
          width: widthOf([header, ...rows.slice(0, 20).map((cells) => cells[i] ?? '')]),
          align: rows.every((cells) => isNumber(cells[i])) ? 'right' : 'left',
          value: (row) => row.cells[i],
        }),
      ),
    ],
    [columns, rows],
  );
  return (
    <div className={classes.table}>
      <DataTable label={`First rows of ${name}`} fit="rows" rows={numbered} rowId={idOf} columns={shown} />
    </div>
  );
}
