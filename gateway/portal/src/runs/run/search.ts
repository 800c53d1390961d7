import { type ExtentSearch, readExtent } from '../../lineage/search';

export const tabs = ['overview', 'charts', 'params', 'logs', 'artifacts', 'lineage', 'attempts', 'children', 'history'] as const;
export type Tab = (typeof tabs)[number];

export const axes = ['step', 'time', 'relative'] as const;
export type Axis = (typeof axes)[number];

/** What the screen of a run shows, as the address holds it. */
export interface RunSearch extends ExtentSearch {
  tab?: Tab;
  /** Version of the run's history as of which it is shown. */
  at?: number;
  x?: Axis;
  log?: boolean;
  /** Weight of the smoothing, 0 to 0.99. */
  smooth?: number;
  /** A part of the names of metrics. */
  metric?: string;
  /** The artifact that is looked into, by its key. */
  artifact?: string;
  /** A file of it, where it is a directory. */
  path?: string;
}

/** Reads the address; what is out of form is dropped. */
export function readRunSearch(search: Record<string, unknown>): RunSearch {
  const read: RunSearch = {};
  const tab = tabs.find((known) => known === search.tab);
  if (tab && tab !== 'overview') read.tab = tab;
  if (Number.isInteger(search.at) && Number(search.at) > 0) read.at = Number(search.at);
  const x = axes.find((known) => known === search.x);
  if (x && x !== 'step') read.x = x;
  if (search.log === true) read.log = true;
  const smooth = Number(search.smooth);
  if (smooth > 0 && smooth <= 0.99) read.smooth = smooth;
  if (typeof search.metric === 'string' && search.metric !== '') read.metric = search.metric;
  if (typeof search.artifact === 'string' && search.artifact !== '') read.artifact = search.artifact;
  if (typeof search.path === 'string' && search.path !== '') read.path = search.path;
  return { ...read, ...readExtent(search) };
}
