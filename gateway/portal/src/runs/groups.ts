import type { Schema } from '../api/client';
import type { RunKeys } from './columns';
import { fieldOf, isFilter, type RunsQuestion, type RunsSearch, statusNames } from './search';

/** What runs can be grouped by, under headings. */
export const groupChoices = (keys: RunKeys, chosen: string | undefined) => {
  const groups = [
    {
      group: 'Run',
      items: [
        { value: 'experiment', label: 'Experiment' },
        { value: 'parent', label: 'Parent' },
      ],
    },
    { group: 'Params', items: keys.params.map((key) => ({ value: `params.${key}`, label: key })) },
    { group: 'Tags', items: keys.tags.map((key) => ({ value: `tags.${key}`, label: key })) },
  ];
  const known = groups.some(({ items }) => items.some((item) => item.value === chosen));
  // What the address names stays, also where no run in sight has it.
  if (chosen && !known) groups.push({ group: 'Chosen', items: [{ value: chosen, label: nameOf(chosen) }] });
  return groups.filter(({ items }) => items.length > 0);
};

/** Whether runs can be grouped by a field that the address names. */
export const canGroupBy = (field: string): boolean => field === 'experiment' || field === 'parent' || /^(params|tags)\../.test(field);

/** What a field is called. */
export const nameOf = (field: string): string =>
  field === 'experiment' ? 'Experiment' : field === 'parent' ? 'Parent' : field.slice(field.indexOf('.') + 1);

/** A field as the API takes it. */
export function groupField(field: string): string {
  const dot = field.indexOf('.');
  return dot < 0 ? field : fieldOf(field.slice(0, dot) as 'params' | 'tags', field.slice(dot + 1));
}

/** The runs that a question is about, for questions about many of them. What a selection has no place for is said in the grammar. */
export function selectionOf(question: RunsQuestion): Schema<'RunSelection'> {
  const parts: string[] = [];
  if (question.filter) parts.push(`(${question.filter})`);
  if (question.name) parts.push(nameCondition(question.name.slice(1, -1)));
  if (question.status.length > 0) {
    const names = [...new Set(question.status.map((status) => statusNames[status] ?? status))];
    parts.push(`attributes.status IN (${names.map(quoted).join(', ')})`);
  }
  return {
    ...(question.experiment ? { experiments: [question.experiment] } : {}),
    ...(parts.length > 0 ? { filter: parts.join(' AND ') } : {}),
    ...(question.orderBy.length > 0 ? { orderBy: question.orderBy } : {}),
  };
}

/** The search that shows the runs of a group; null where no search says which they are. */
export function openedBy(search: RunsSearch, field: string, value: string | null): RunsSearch | null {
  const { by: _, ...rest } = search;
  if (field === 'experiment') return value === null ? null : { ...rest, exp: value };
  if (field === 'parent') return value === null ? null : { ...rest, parent: value };
  const condition = value === null ? `${groupField(field)} IS NULL` : `${groupField(field)} = ${quoted(value)}`;
  const text = search.q?.trim() ?? '';
  const before = text === '' ? '' : !isFilter(text) ? nameCondition(text) : /\sor\s/i.test(text) ? `(${text})` : text;
  return { ...rest, q: before === '' ? condition : `${before} AND ${condition}` };
}

const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const nameCondition = (part: string): string => `attributes.run_name LIKE ${quoted(`%${part.replace(/[\\%_]/g, '\\$&')}%`)}`;
