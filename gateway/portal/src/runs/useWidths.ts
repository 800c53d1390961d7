import { useCallback, useState } from 'react';

/** How wide columns are in this browser; of the whole project's table, whatever view it shows. */
export function useWidths(project: string): [Record<string, number>, (widths: Record<string, number>) => void] {
  const key = `mesh.widths.runs.${project}`;
  const [widths, setWidths] = useState<Record<string, number>>(() => {
    try {
      return (JSON.parse(localStorage.getItem(key) ?? '{}') as Record<string, number> | null) ?? {};
    } catch {
      return {};
    }
  });
  const keep = useCallback(
    (next: Record<string, number>) => {
      setWidths(next);
      localStorage.setItem(key, JSON.stringify(next));
    },
    [key],
  );
  return [widths, keep];
}
