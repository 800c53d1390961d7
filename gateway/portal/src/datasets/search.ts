import { isVersion, textOf } from '../artifacts/search';
import { type ExtentSearch, readExtent } from '../lineage/search';

/** What the address of the data sets holds. */
export interface DatasetsSearch {
  /** A part of the key. */
  text?: string;
}

/** Reads the address; what is out of form is dropped. */
export function readDatasetsSearch(search: Record<string, unknown>): DatasetsSearch {
  const text = textOf(search.text);
  return text ? { text } : {};
}

export const tabs = ['columns', 'rows', 'compare', 'versions', 'lineage'] as const;
export type Tab = (typeof tabs)[number];

/** What the address of one data set holds. */
export interface DatasetSearch extends ExtentSearch {
  tab?: Tab;
  /** The version that is shown; the newest without it. */
  version?: number;
  /** The column that is shown in full. */
  column?: string;
  /** What must hold of the rows that are shown. */
  filter?: string;
  /** The version that it is compared with; the one before without it. */
  against?: number;
}

/** Reads the address; what is out of form is dropped. */
export function readDatasetSearch(search: Record<string, unknown>): DatasetSearch {
  const tab = tabs.find((known) => known === search.tab);
  const column = textOf(search.column);
  return {
    ...(tab && tab !== 'columns' ? { tab } : {}),
    ...(isVersion(search.version) ? { version: search.version } : {}),
    ...(column ? { column } : {}),
    ...(typeof search.filter === 'string' && search.filter !== '' ? { filter: search.filter } : {}),
    ...(isVersion(search.against) ? { against: search.against } : {}),
    ...readExtent(search),
  };
}
