/** What the table of runs shows, as the address holds it. */
export interface RunsSearch {
  /** A filter of the search grammar, or a part of a name. */
  q?: string;
  /** States, separated by commas. */
  status?: string;
  /** Name of an experiment. */
  exp?: string;
  /** Column to sort by, a minus before it for the highest first. */
  sort?: string;
  /** Columns in their order, separated by commas. */
  cols?: string;
  /** Id of the run whose children are shown. */
  parent?: string;
  /** What the runs are grouped by, such as `params.lr`. */
  by?: string;
}

const texts = ['q', 'status', 'exp', 'sort', 'cols', 'parent', 'by'] as const;

/** Reads the address; what is out of form is dropped. */
export function readRunsSearch(search: Record<string, unknown>): RunsSearch {
  const read: RunsSearch = {};
  for (const name of texts) {
    const value = search[name];
    if (typeof value === 'string' && value !== '') read[name] = value;
    // The address holds texts only: what looks like a number was written as one.
    else if (typeof value === 'number' || typeof value === 'boolean') read[name] = String(value);
  }
  return read;
}

/** A list in one text. Commas in its items are encoded. */
export const joined = (items: readonly string[]): string =>
  items.map((item) => item.replaceAll('%', '%25').replaceAll(',', '%2C')).join(',');

/** The list that `joined` made. */
export const split = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .filter((item) => item !== '')
    .map((item) => item.replaceAll('%2C', ',').replaceAll('%25', '%'));

export const statuses = ['pending', 'running', 'completed', 'failed', 'aborting', 'aborted'] as const;

/** What the search grammar calls states; running and aborting are one there. */
export const statusNames: Readonly<Record<string, string>> = {
  pending: 'SCHEDULED',
  aborting: 'RUNNING',
  running: 'RUNNING',
  completed: 'FINISHED',
  failed: 'FAILED',
  aborted: 'KILLED',
};

/** Whether a text is a filter of the grammar; else it is looked for in names. */
export const isFilter = (text: string): boolean => /[=<>'"`()]|\s(i?like|in|is|not)\s/i.test(text);

/** A field of the grammar: `metrics.loss`, with backticks where the key needs them. */
export function fieldOf(prefix: 'params' | 'metrics' | 'tags', key: string): string {
  return /^[\p{L}\p{N}_.\-/:]+$/u.test(key) ? `${prefix}.${key}` : `${prefix}.\`${key.replaceAll('`', '``')}\``;
}

// Columns that are attributes in the grammar.
const attributes: Record<string, string> = {
  name: 'run_name',
  status: 'status',
  started: 'start_time',
  ended: 'end_time',
  user: 'user_id',
};

/** The order of the API for a column; null where the mesh cannot sort by it. */
export function orderOf(column: string, descending: boolean): string | null {
  const dot = column.indexOf('.');
  const prefix = column.slice(0, dot);
  const field =
    dot < 0
      ? attributes[column]
      : prefix === 'params' || prefix === 'metrics' || prefix === 'tags'
        ? fieldOf(prefix, column.slice(dot + 1))
        : undefined;
  return field === undefined ? null : `${field} ${descending ? 'DESC' : 'ASC'}`;
}

/** What of the search the mesh is asked: columns are not part of it. */
export interface RunsQuestion {
  status: string[];
  experiment?: string;
  parent?: string;
  name?: string;
  filter?: string;
  orderBy: string[];
}

/** The question to the mesh that a search asks. */
export function questionOf(search: RunsSearch): RunsQuestion {
  const question: RunsQuestion = {
    status: split(search.status).filter((status) => (statuses as readonly string[]).includes(status)),
    orderBy: [],
  };
  const text = search.q?.trim() ?? '';
  if (search.exp) question.experiment = search.exp;
  if (search.parent) question.parent = search.parent;
  if (text !== '') {
    if (isFilter(text)) question.filter = text;
    else question.name = `*${text}*`;
  }
  if (search.sort) {
    const order = orderOf(search.sort.replace(/^-/, ''), search.sort.startsWith('-'));
    if (order) question.orderBy.push(order);
  }
  return question;
}
