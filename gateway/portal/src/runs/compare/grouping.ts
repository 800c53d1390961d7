import type { Run } from '../rows';
import { statusNames } from '../search';
import { type Field, telling } from './fields';

/** Runs that share what they are grouped by. */
export interface Group {
  /** Its values, one for each field, as one text. */
  key: string;
  label: string;
  runs: Run[];
}

const seeds = /(^|[_\-. ])(seed|random[_-]?state)$/i;

/** What makes groups at first: the params that differ and repeat, but not the seed. Where none does: the experiment. */
export function firstGrouping(fields: readonly Field[]): string[] {
  const repeating = telling(fields, 'Params').filter((field) => {
    const different = new Set(field.values).size;
    return field.differs && different <= field.values.length / 2 && !seeds.test(field.label);
  });
  const first = repeating.sort((a, b) => new Set(a.values).size - new Set(b.values).size)[0];
  return [first?.id ?? 'experiment'];
}

/** The key of values that the API gives or that runs have. */
export const keyOf = (values: readonly (string | number | null | undefined)[]): string =>
  JSON.stringify(values.map((value) => (value === undefined || value === '' ? null : value)));

/** The groups that fields make of runs, each at the place of its first run. */
export function groupsOf(runs: readonly Run[], fields: readonly Field[], by: readonly string[]): Group[] {
  const chosen = by.flatMap((id) => fields.find((field) => field.id === id) ?? []);
  const groups = new Map<string, Group>();
  runs.forEach((run, i) => {
    const values = chosen.map((field) => field.values[i]);
    const key = keyOf(values);
    const group = groups.get(key);
    if (group) group.runs.push(run);
    else groups.set(key, { key, label: labelOf(chosen, values), runs: [run] });
  });
  return [...groups.values()];
}

const labelOf = (fields: readonly Field[], values: readonly (string | number | null | undefined)[]): string =>
  fields.map((field, i) => `${field.label} ${values[i] ?? 'none'}`).join(', ');

const statuses = new Map(Object.entries(statusNames).map(([status, name]) => [name, status]));

/** A value of a group as it is shown and compared with that of runs. */
export const groupValue = (field: string, value: string | null): string | null =>
  field === 'status' && value !== null ? (statuses.get(value) ?? value) : value;
