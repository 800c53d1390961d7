export const views = ['table', 'charts', 'parallel', 'scatter', 'groups', 'correlation'] as const;
export type View = (typeof views)[number];

/** What is compared, as the address holds it. Fields are named as in `params.lr` and `metrics.loss`; lists are those of `joined`. */
export interface CompareSearch {
  /** Ids of the runs, separated by commas. */
  runs?: string;
  view?: View;
  /** Whether only what differs is shown. */
  diff?: boolean;
  /** Names of the metrics in charts and groups. */
  metrics?: string;
  /** Whether charts have a line for each run, however many they are. */
  lines?: 'all';
  /** Fields that are axes of the parallel coordinates. */
  axes?: string;
  /** Fields along which the points of the scatter plot lie, and which gives them colours. */
  x?: string;
  y?: string;
  color?: string;
  /** Which axes of the scatter plot are logarithmic. */
  log?: 'x' | 'y' | 'xy';
  /** Fields that make groups. */
  by?: string;
  /** What the bands around the means of groups are. */
  band?: 'range';
  /** The metric that params are correlated with. */
  metric?: string;
}

export type CompareChange = { [Key in keyof CompareSearch]?: CompareSearch[Key] | undefined };

export const mostRuns = 100;
const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const texts = ['runs', 'metrics', 'axes', 'x', 'y', 'color', 'by', 'metric'] as const;

/** Reads the address; what is out of form is dropped. */
export function readCompareSearch(search: Record<string, unknown>): CompareSearch {
  const read: CompareSearch = {};
  for (const name of texts) {
    const value = search[name];
    if (typeof value === 'string' && value !== '') read[name] = value;
    // What looks like a number was written as one.
    else if (typeof value === 'number' || typeof value === 'boolean') read[name] = String(value);
  }
  const view = views.find((known) => known === search.view);
  if (view && view !== 'table') read.view = view;
  if (search.diff === true) read.diff = true;
  if (search.lines === 'all') read.lines = 'all';
  if (search.band === 'range') read.band = 'range';
  if (search.log === 'x' || search.log === 'y' || search.log === 'xy') read.log = search.log;
  return read;
}

/** The runs that an address names, each once. */
export const idsOf = (runs: string | undefined): string[] => [...new Set((runs ?? '').split(',').filter((one) => id.test(one)))];
