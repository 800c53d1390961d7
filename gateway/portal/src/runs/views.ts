import { useCallback, useState } from 'react';
import { type RunsSearch, readRunsSearch } from './search';

/** A search that somebody gave a name in this browser. */
export interface SavedView {
  name: string;
  search: RunsSearch;
}

const keyOf = (project: string) => `mesh.views.runs.${project}`;

/** The saved views of a project; what is out of form is passed over. */
export function readViews(text: string | null): SavedView[] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]');
    if (!Array.isArray(kept)) return [];
    return kept.flatMap((view: unknown) => {
      const { name, search } = (view ?? {}) as Record<string, unknown>;
      return typeof name === 'string' && typeof search === 'object' && search !== null
        ? [{ name, search: readRunsSearch(search as Record<string, unknown>) }]
        : [];
    });
  } catch {
    return [];
  }
}

/** The views with one more; one of the same name is replaced. */
export const withView = (views: readonly SavedView[], view: SavedView): SavedView[] =>
  [...views.filter((known) => known.name !== view.name), view].sort((a, b) => a.name.localeCompare(b.name));

/** The saved views of a project, and how to change them. */
export function useViews(project: string) {
  const [views, setViews] = useState(() => readViews(localStorage.getItem(keyOf(project))));
  const keep = useCallback(
    (next: SavedView[]) => {
      setViews(next);
      localStorage.setItem(keyOf(project), JSON.stringify(next));
    },
    [project],
  );
  return {
    views,
    save: (view: SavedView) => keep(withView(views, view)),
    remove: (name: string) => keep(views.filter((view) => view.name !== name)),
  };
}
