import type { Field } from './fields';
import { telling } from './fields';
import type { CompareSearch } from './search';

/** The fields of a scatter plot. */
export interface ScatterFields {
  x: Field;
  y: Field;
  color: Field | null;
}

/** The fields that the address names, or else a param that tells runs apart against a metric, with another param as colour; null where runs have too little. */
export function scatterFields(fields: readonly Field[], search: CompareSearch): ScatterFields | null {
  const named = (id: string | undefined) => fields.find((field) => field.id === id);
  const [params, metrics] = [telling(fields, 'Params'), telling(fields, 'Metrics')];
  const y = named(search.y) ?? metrics[0];
  const x = named(search.x) ?? params.find(isNumeric) ?? params[0] ?? metrics.find((field) => field !== y);
  if (!x || !y) return null;
  const color = search.color === 'none' ? null : (named(search.color) ?? params.find((field) => field !== x && !isNumeric(field)) ?? null);
  return { x, y, color };
}

/** Whether all its values are numbers, and there are some that differ. */
const isNumeric = (field: Field): boolean => {
  const known = field.values.filter((value) => value !== null && value !== '');
  return new Set(known).size > 1 && known.every((value) => Number.isFinite(Number(value)));
};

const marks = [
  'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z',
  'M-4.5 -4.5h9v9h-9Z',
  'M0 -5.8L5.4 4H-5.4Z',
  'M0 -6.2L6.2 0L0 6.2L-6.2 0Z',
  'M0 5.8L5.4 -4H-5.4Z',
  'M-1.7 -5.5h3.4v3.8h3.8v3.4h-3.8v3.8h-3.4v-3.8h-3.8v-3.4h3.8Z',
];

/** The path of the mark of the n-th category: categories are told apart by form and colour. */
export const markOf = (category: number): string => marks[category % marks.length] as string;
