import { type ExtentSearch, readExtent } from '../lineage/search';

/** What the address of a function holds. */
export interface FunctionSearch extends ExtentSearch {
  tab?: Tab;
  version?: number;
  file?: string;
  /** The version that another one is compared with. */
  from?: number;
}

export const tabs = ['code', 'settings', 'versions', 'jobs', 'lineage'] as const;
export type Tab = (typeof tabs)[number];

const positive = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value > 0;

/** Reads the address; what is out of form is dropped. */
export function readFunctionSearch(search: Record<string, unknown>): FunctionSearch {
  return {
    ...(tabs.includes(search.tab as Tab) && search.tab !== 'code' ? { tab: search.tab as Tab } : {}),
    ...(positive(search.version) ? { version: search.version } : {}),
    ...(typeof search.file === 'string' ? { file: search.file } : {}),
    ...(positive(search.from) ? { from: search.from } : {}),
    ...readExtent(search),
  };
}
