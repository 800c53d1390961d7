import { type ExtentSearch, readExtent } from '../lineage/search';

/** What the address of a version holds. */
export interface VersionSearch extends ExtentSearch {
  view?: 'lineage';
}

/** Reads the address; what is out of form is dropped. */
export const readVersionSearch = (search: Record<string, unknown>): VersionSearch =>
  search.view === 'lineage' ? { view: 'lineage', ...readExtent(search) } : {};
