import type { ReactNode } from 'react';

/** A column of a table. Keep arrays of columns stable (`useMemo` or module scope): rows render again with them. */
export interface Column<Row> {
  id: string;
  header: string;
  /** What the cell shows. Without it: the value as text. */
  cell?: (row: Row) => ReactNode;
  /** What the cell is about, for sorting here and as title of what is cut off. */
  value?: (row: Row) => string | number | null | undefined;
  /** Heading in the column chooser, such as `Metrics`. */
  group?: string;
  width?: number;
  align?: 'left' | 'right';
  /** Whether the heading sorts. */
  sortable?: boolean;
  /** Whether it always stands first and cannot be hidden. */
  fixed?: boolean;
}

/** Which columns are shown, in their order, and how wide those are that somebody resized. */
export interface ColumnView {
  columns: string[];
  widths: Record<string, number>;
}

export interface Sort {
  column: string;
  descending: boolean;
}

/** What a click on a heading sorts by next: down, up, as it was. */
export function nextSort(current: Sort | null, column: string): Sort | null {
  if (current?.column !== column) return { column, descending: true };
  return current.descending ? { column, descending: false } : null;
}

/** Rows in an order; what has no value stands last either way. */
export function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort | null): readonly Row[] {
  const value = sort && columns.find((column) => column.id === sort.column)?.value;
  if (!sort || !value) return rows;
  const sign = sort.descending ? -1 : 1;
  return rows
    .map((row) => ({ row, key: value(row) }))
    .sort((a, b) => {
      if (a.key == null || b.key == null) return a.key == null ? (b.key == null ? 0 : 1) : -1;
      if (typeof a.key === 'number' && typeof b.key === 'number') return sign * (a.key - b.key);
      return sign * collator.compare(String(a.key), String(b.key));
    })
    .map(({ row }) => row);
}

const collator = new Intl.Collator('en', { numeric: true });

/** Moves a column one place to the left or right. */
export function moved(columns: readonly string[], id: string, by: -1 | 1): string[] {
  const from = columns.indexOf(id);
  const to = from + by;
  if (from < 0 || to < 0 || to >= columns.length) return [...columns];
  const next = [...columns];
  next.splice(from, 1);
  next.splice(to, 0, id);
  return next;
}

/** Moves a column to where another one stands. */
export function movedTo(columns: readonly string[], id: string, target: string): string[] {
  const to = columns.indexOf(target);
  if (id === target || to < 0 || !columns.includes(id)) return [...columns];
  const next = columns.filter((column) => column !== id);
  next.splice(to, 0, id);
  return next;
}
