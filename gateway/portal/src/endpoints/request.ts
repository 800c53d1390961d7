import type { Version } from '../models/queries';

// An image of a few million values is not written by hand.
const mostValues = 10_000;

// The datatypes of the Open Inference Protocol by those of signatures.
const numbers = new Set(['fp64', 'fp32', 'fp16', 'int64', 'int32', 'int16', 'int8', 'uint64', 'uint32', 'uint16', 'uint8']);
const separators = /[\s,;]+/;

/** A column of a request, as somebody fills it in. */
export interface Field {
  name: string;
  type: string;
  kind: 'number' | 'integer' | 'bool' | 'text';
  /** Lengths of a vector; none for a single value. */
  lengths: number[];
  /** Whether it is a vector of any length. */
  isOpen: boolean;
  /** What it was in training: a value to begin with, a range in words, the categories. */
  usual: string;
  range: string;
  categories: string[];
}

/** The columns that a version takes, with what they were in training. */
export function fieldsOf(version: Version): Field[] {
  const seen = new Map((version.statistics?.columns ?? []).map((column) => [column.name, column]));
  return (version.signature?.inputs ?? []).map(({ name, type, shape }) => {
    const column = seen.get(name);
    const lengths = (shape ?? []).map((length) => (length < 0 ? 1 : length));
    const kind = type === 'bool' ? 'bool' : !numbers.has(type) ? 'text' : type.startsWith('fp') ? 'number' : 'integer';
    const categories = Object.entries(column?.categories ?? {})
      .sort(([, a], [, b]) => Number(b) - Number(a))
      .map(([category]) => category);
    const value = usual(kind, Number(column?.mean ?? 0), categories[0]);
    return {
      name,
      type,
      kind,
      lengths,
      isOpen: shape?.length === 1 && (shape[0] ?? 0) < 0,
      usual: Array.from({ length: Math.min(mostValues, sizeOf(lengths)) }, () => value).join(', '),
      range: column?.min == null || column.max == null ? '' : `${short(Number(column.min))} to ${short(Number(column.max))} in training`,
      categories: lengths.length === 0 ? categories : [],
    };
  });
}

/** What is wrong with what was filled in; null when nothing is. */
export function faultIn(field: Field, text: string): string | null {
  if (field.kind === 'text') return null;
  const values = valuesOf(field, text);
  if (field.lengths.length > 0 && !field.isOpen && values.length !== sizeOf(field.lengths))
    return `${sizeOf(field.lengths)} values, by commas.`;
  if (values.every((value) => value !== undefined)) return null;
  return field.kind === 'bool'
    ? 'true or false.'
    : field.kind === 'integer'
      ? 'A whole number.'
      : 'A number, or nothing where it is missing.';
}

/** The request of one row: Open Inference Protocol v2, a tensor for each column, of shape [1], or [1, …] for vectors. */
export function requestOf(fields: readonly Field[], filled: Readonly<Record<string, string>>): object {
  return {
    inputs: fields.map((field) => {
      const data = valuesOf(field, filled[field.name] ?? field.usual).map((value) => value ?? null);
      // A vector of any length has as many as were filled in.
      const lengths = field.isOpen ? [data.length] : field.lengths;
      return { name: field.name, datatype: field.type.toUpperCase(), shape: [1, ...lengths], data };
    }),
  };
}

type Value = number | string | boolean | null;

// Undefined where a text is no value of the field.
function valuesOf(field: Field, text: string): (Value | undefined)[] {
  if (field.lengths.length === 0) return [readValue(field.kind, text)];
  if (text.trim() === '') return [];
  return text
    .trim()
    .split(field.kind === 'text' ? ',' : separators)
    .map((part) => readValue(field.kind, part.trim()));
}

function readValue(kind: Field['kind'], text: string): Value | undefined {
  if (kind === 'text') return text;
  if (kind === 'bool') return text === 'true' ? true : text === 'false' ? false : undefined;
  if (text.trim() === '') return kind === 'number' ? null : undefined;
  const value = Number(text);
  return Number.isFinite(value) && (kind === 'number' || Number.isInteger(value)) ? value : undefined;
}

function usual(kind: Field['kind'], mean: number, category: string | undefined): string {
  if (kind === 'bool') return 'false';
  if (kind === 'text') return category ?? '';
  const value = Number.isFinite(mean) ? mean : 0;
  return String(kind === 'number' ? Number(value.toPrecision(5)) : Math.round(value));
}

const sizeOf = (lengths: readonly number[]): number => lengths.reduce((product, length) => product * length, 1);

const short = (value: number): string => String(Number(value.toPrecision(4)));
