import { type ExtentSearch, readExtent } from '../lineage/search';

export const kinds = ['file', 'dataset', 'model', 'plot', 'document', 'directory', 'table', 'log', 'prompt'] as const;
export type Kind = (typeof kinds)[number];

/** What the address of the artifacts holds. */
export interface ArtifactsSearch {
  /** A part of the key. */
  text?: string;
  kind?: Kind;
}

/** Reads the address; what is out of form is dropped. */
export function readArtifactsSearch(search: Record<string, unknown>): ArtifactsSearch {
  const kind = kinds.find((known) => known === search.kind);
  return { ...(textOf(search.text) ? { text: textOf(search.text) } : {}), ...(kind ? { kind } : {}) } as ArtifactsSearch;
}

export const tabs = ['content', 'versions', 'lineage', 'history'] as const;
export type Tab = (typeof tabs)[number];

/** What the address of one artifact holds. */
export interface ArtifactSearch extends ExtentSearch {
  tab?: Tab;
  /** The version that is shown; the newest without it. */
  version?: number;
  /** The file of a directory that is shown. */
  path?: string;
}

/** Reads the address; what is out of form is dropped. */
export function readArtifactSearch(search: Record<string, unknown>): ArtifactSearch {
  const tab = tabs.find((known) => known === search.tab);
  return {
    ...(tab && tab !== 'content' ? { tab } : {}),
    ...(isVersion(search.version) ? { version: search.version } : {}),
    ...(typeof search.path === 'string' && search.path !== '' ? { path: search.path } : {}),
    ...readExtent(search),
  };
}

/** Whether it can be the number of a version. */
export const isVersion = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value > 0;

/** A text of an address; numbers are texts here. */
export const textOf = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
