import { type ExtentSearch, readExtent } from '../lineage/search';

/** What the address of a version holds. */
export interface VersionSearch extends ExtentSearch {
  view?: 'card' | 'lineage';
}

/** Reads the address; what is out of form is dropped. */
export function readVersionSearch(search: Record<string, unknown>): VersionSearch {
  if (search.view === 'card') return { view: 'card' };
  return search.view === 'lineage' ? { view: 'lineage', ...readExtent(search) } : {};
}
