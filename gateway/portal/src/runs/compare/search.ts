export const views = ['table', 'charts', 'parallel'] as const;
export type View = (typeof views)[number];

/** What is compared, as the address holds it. */
export interface CompareSearch {
  /** Ids of the runs, separated by commas. */
  runs?: string;
  view?: View;
  /** Whether only what differs is shown. */
  diff?: boolean;
}

export const mostRuns = 100;
const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads the address; what is out of form is dropped. */
export function readCompareSearch(search: Record<string, unknown>): CompareSearch {
  const read: CompareSearch = {};
  if (typeof search.runs === 'string' && search.runs !== '') read.runs = search.runs;
  const view = views.find((known) => known === search.view);
  if (view && view !== 'table') read.view = view;
  if (search.diff === true) read.diff = true;
  return read;
}

/** The runs of an address, each once. */
export const idsOf = (search: CompareSearch): string[] =>
  [...new Set((search.runs ?? '').split(',').filter((one) => id.test(one)))].slice(0, mostRuns);
