import { useCallback, useState } from 'react';
import type { ColumnView } from './column';

/** The columns of a table as this browser keeps them, under a name. */
export function useColumnView(name: string, columns: readonly string[]): [ColumnView, (view: ColumnView) => void] {
  const key = `mesh.columns.${name}`;
  const [view, setView] = useState<ColumnView>(() => read(key) ?? { columns: [...columns], widths: {} });
  const keep = useCallback(
    (next: ColumnView) => {
      setView(next);
      localStorage.setItem(key, JSON.stringify(next));
    },
    [key],
  );
  return [view, keep];
}

function read(key: string): ColumnView | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    return isView(kept) ? kept : null;
  } catch {
    return null;
  }
}

const isView = (kept: unknown): kept is ColumnView =>
  typeof kept === 'object' &&
  kept !== null &&
  Array.isArray((kept as ColumnView).columns) &&
  typeof (kept as ColumnView).widths === 'object';
