import type { Schema } from '../api/client';

/** A param as a form asks for it. */
export interface FormParam {
  name: string;
  kind: 'text' | 'integer' | 'number' | 'boolean' | 'choice' | 'choices';
  /** What stands there when nothing is given. */
  fallback?: string | undefined;
  required: boolean;
  min?: number | undefined;
  max?: number | undefined;
  choices?: string[] | undefined;
  description?: string | undefined;
}

const kinds: Record<string, FormParam['kind']> = {
  int: 'integer',
  integer: 'integer',
  float: 'number',
  number: 'number',
  bool: 'boolean',
  boolean: 'boolean',
  choice: 'choice',
};

/** A param that a function or an item declares. */
export function formParam(spec: Schema<'ParamSpec'> | Schema<'HubParam'>): FormParam {
  const type = spec.type ?? 'string';
  const kind = type === 'list' && spec.choices ? 'choices' : (kinds[type] ?? 'text');
  return {
    name: spec.name,
    kind,
    fallback: spec.default ?? undefined,
    required: spec.required ?? false,
    min: spec.min ?? undefined,
    max: spec.max ?? undefined,
    choices: spec.choices ?? undefined,
    description: spec.description || undefined,
  };
}

const numeric = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** What is wrong with a value, in a sentence; null when nothing is. */
export function faultOf(param: FormParam, value: string): string | null {
  const text = value.trim();
  if (text === '') return param.required && param.fallback === undefined ? 'This is needed.' : null;
  switch (param.kind) {
    case 'integer':
      if (!/^-?\d+$/.test(text)) return 'This must be a whole number.';
      return outside(param, Number(text));
    case 'number':
      if (!numeric.test(text)) return 'This must be a number.';
      return outside(param, Number(text));
    case 'boolean':
      return text === 'true' || text === 'false' ? null : 'This must be true or false.';
    case 'choice':
      return param.choices?.includes(text) ? null : `This must be one of ${param.choices?.join(', ')}.`;
    case 'choices': {
      const other = text.split(',').find((part) => !param.choices?.includes(part.trim()));
      return other === undefined ? null : `'${other.trim()}' is none of ${param.choices?.join(', ')}.`;
    }
    default:
      return null;
  }
}

function outside({ min, max }: FormParam, value: number): string | null {
  if ((min === undefined || value >= min) && (max === undefined || value <= max)) return null;
  return `This must be ${rangeOf({ min, max })}.`;
}

/** The range of a param in words: `0 to 1`, `at least 1`. */
export function rangeOf({ min, max }: Pick<FormParam, 'min' | 'max'>): string | null {
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  if (min !== undefined) return `at least ${min}`;
  return max === undefined ? null : `at most ${max}`;
}

/** The values to send: what was typed, without what was left open. */
export function typedValues(params: readonly FormParam[], values: Readonly<Record<string, string>>): Record<string, string> {
  const typed: Record<string, string> = {};
  for (const { name } of params) {
    const value = values[name]?.trim();
    if (value) typed[name] = value;
  }
  return typed;
}

/** Reads lines of `name=value`, as params without a declaration are given; a line that is none is told. */
export function readLines(text: string): { values: Record<string, string>; fault: string | null } {
  const values: Record<string, string> = {};
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const at = line.indexOf('=');
    if (at < 1) return { values, fault: `'${line.trim()}' is not of the form name=value.` };
    values[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return { values, fault: null };
}

/** Writes what `readLines` reads. */
export const linesOf = (values: Readonly<Record<string, string>> | null | undefined): string =>
  Object.entries(values ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
