import type { Version } from '../models/queries';

// An image of a few million values is not written by hand.
const mostValues = 10_000;

// The datatypes of the Open Inference Protocol by those of signatures.
const numbers = new Set(['fp64', 'fp32', 'fp16', 'int64', 'int32', 'int16', 'int8', 'uint64', 'uint32', 'uint16', 'uint8']);

/**
 * A request of one row to begin with: each column at its mean in training, or a value of its type. Open Inference Protocol v2, a tensor for each column: of shape [1], or
 * [1, …] for vectors; one of any length has one value.
 */
export function exampleOf(version: Version): object {
  const seen = new Map((version.statistics?.columns ?? []).map((column) => [column.name, column]));
  return {
    inputs: (version.signature?.inputs ?? []).map(({ name, type, shape }) => {
      const column = seen.get(name);
      const lengths = (shape ?? []).map((length) => (length < 0 ? 1 : length));
      const count = Math.min(
        mostValues,
        lengths.reduce((product, length) => product * length, 1),
      );
      const value = usual(type, Number(column?.mean ?? 0), firstOf(column?.categories));
      return { name, datatype: type.toUpperCase(), shape: [1, ...lengths], data: Array.from({ length: count }, () => value) };
    }),
  };
}

function usual(type: string, mean: number, category: string | undefined): number | string | boolean {
  if (type === 'bool') return false;
  if (!numbers.has(type)) return category ?? '';
  const value = Number.isFinite(mean) ? mean : 0;
  return type.startsWith('fp') ? Number(value.toPrecision(5)) : Math.round(value);
}

const firstOf = (categories: unknown): string | undefined => {
  if (typeof categories !== 'object' || categories === null) return undefined;
  return Array.isArray(categories) ? String((categories[0] as { value?: unknown })?.value ?? categories[0]) : Object.keys(categories)[0];
};
