import type { RunKeys } from './columns';
import { fieldOf } from './search';

/** What can be put at a place of a filter. */
export interface Completion {
  /** The stretch of the text that is replaced. */
  from: number;
  to: number;
  options: Option[];
}

export interface Option {
  text: string;
  /** What it is. */
  hint: string;
}

/** What is known of the runs: keys, and values of texts by field. */
export interface Known {
  keys: RunKeys;
  values: (field: string) => string[];
}

interface Token {
  kind: 'word' | 'text' | 'sign';
  text: string;
  from: number;
  to: number;
}

const pattern =
  /'(?:[^']|'')*'?|"(?:[^"]|"")*"?|[\p{L}_][\p{L}\p{N}_.\-/:]*(?:`(?:[^`]|``)*`?)?|[+-]?[\d.][\w.+-]*|!=|<>|<=|>=|==|[=<>(),]/gu;

function tokens(text: string): Token[] {
  return [...text.matchAll(pattern)].map((match) => ({
    kind: /^['"]/.test(match[0]) ? 'text' : /^[\p{L}_]/u.test(match[0]) ? 'word' : 'sign',
    text: match[0],
    from: match.index,
    to: match.index + match[0].length,
  }));
}

const attributes: [string, string][] = [
  ['status', 'state: FINISHED, RUNNING, FAILED, KILLED, SCHEDULED'],
  ['run_name', 'name'],
  ['start_time', 'milliseconds since 1970'],
  ['end_time', 'milliseconds since 1970'],
  ['user_id', 'user'],
  ['run_id', 'id'],
];
const numbers = new Set(['start_time', 'end_time']);
const most = 12;

/** What fits at the caret of a filter, by what stands before it. */
export function complete(text: string, caret: number, known: Known): Completion {
  const before = tokens(text.slice(0, caret));
  const last = before.at(-1);
  // A word or an open text that the caret touches is still being written.
  const writing =
    last && last.to === caret && (last.kind === 'word' || (last.kind === 'text' && !/^(['"]).*\1$/s.test(last.text))) ? last : undefined;
  const done = writing ? before.slice(0, -1) : before;
  const place = writing ?? { text: '', from: caret, to: caret };
  const options = optionsAt(done, known).filter((option) => startsWith(option.text, place.text) && option.text !== place.text);
  return { from: place.from, to: caret, options: options.slice(0, most) };
}

function startsWith(option: string, written: string): boolean {
  const [a, b] = [option.toLowerCase(), written.toLowerCase()];
  if (a.startsWith(b)) return true;
  // A key may be begun without what stands before it.
  const key = a.slice(a.indexOf('.') + 1).replace(/^`/, '');
  return b !== '' && !b.startsWith("'") && a.includes('.') && key.startsWith(b);
}

function optionsAt(done: readonly Token[], known: Known): Option[] {
  // Reads what stands before as the grammar does, as far as the next token needs.
  let field: string | null = null;
  let comparison: string | null = null;
  let list = false;
  for (const token of done) {
    const word = token.text.toUpperCase();
    if (field === null) {
      if (token.kind === 'word' && !['AND', 'OR', 'NOT'].includes(word)) field = token.text;
    } else if (comparison === null) {
      if (word !== 'NOT') comparison = word;
    } else if (word === '(') list = true;
    else if (list) {
      if (word === ')') list = false;
    } else if (field !== '' && word !== 'NOT') {
      // The value: the comparison is whole, what joins it comes.
      field = '';
      comparison = '';
    }
    if (field === '' && (word === 'AND' || word === 'OR')) [field, comparison] = [null, null];
    if (comparison === 'IN' && token.text === ')') [field, comparison] = ['', ''];
  }

  if (field === null) return fields(known.keys);
  if (field === '') return ['AND', 'OR'].map((text) => ({ text, hint: '' }));
  if (comparison === null) return comparisons(field);
  if (comparison === 'IS') return ['NULL', 'NOT NULL'].map((text) => ({ text, hint: '' }));
  if (comparison === 'IN' && !list) return [{ text: '(', hint: 'a list' }];
  return isNumber(field) ? [] : values(field, known);
}

const isNumber = (field: string): boolean => field.startsWith('metrics.') || numbers.has(field.replace(/^attributes\./, ''));

function fields(keys: RunKeys): Option[] {
  return [
    ...keys.metrics.map((key) => ({ text: fieldOf('metrics', key), hint: 'metric' })),
    ...keys.params.map((key) => ({ text: fieldOf('params', key), hint: 'param' })),
    ...attributes.map(([text, hint]) => ({ text, hint })),
    ...keys.tags.map((key) => ({ text: fieldOf('tags', key), hint: 'tag' })),
  ];
}

function comparisons(field: string): Option[] {
  const signs = isNumber(field) ? ['>', '<', '>=', '<=', '=', '!='] : ['=', '!=', 'LIKE', 'ILIKE', 'IN'];
  return [...signs, 'IS NULL', 'IS NOT NULL'].map((text) => ({ text, hint: '' }));
}

function values(field: string, known: Known): Option[] {
  const found =
    field.replace(/^attributes\./, '') === 'status' ? ['FINISHED', 'RUNNING', 'FAILED', 'KILLED', 'SCHEDULED'] : known.values(field);
  return found.map((value) => ({ text: `'${value.replaceAll("'", "''")}'`, hint: '' }));
}

/** The text with an option at its place, and the caret behind it. */
export function applied(text: string, completion: Completion, option: Option): { text: string; caret: number } {
  const rest = text.slice(completion.to);
  const space = rest.startsWith(' ') || option.text === '(' ? '' : ' ';
  const put = option.text + space;
  return { text: text.slice(0, completion.from) + put + rest, caret: completion.from + put.length };
}

/** The character, from 0, that a refusal of the filter names. */
export function errorPlace(sentence: string): number | null {
  const at = /at character (\d+)/.exec(sentence)?.[1];
  return at === undefined ? null : Number(at) - 1;
}
