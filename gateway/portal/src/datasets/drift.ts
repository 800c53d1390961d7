import type { Diff, Statistics } from './queries';

/** How much a distribution moved, by its population stability index. */
export function driftOf(psi: number | null | undefined): { status: 'stable' | 'drifting' | 'drifted'; label: string } | null {
  if (psi === null || psi === undefined) return null;
  if (psi < 0.1) return { status: 'stable', label: 'none' };
  return psi <= 0.25 ? { status: 'drifting', label: 'moderate' } : { status: 'drifted', label: 'large' };
}

/** The share of rows without a value. */
export const missingShare = ({ count, missing }: Statistics): number => (count + missing === 0 ? 0 : missing / (count + missing));

/** The value that half of the numbers are at most. */
export const medianOf = ({ numbers }: Statistics): number | null => numbers?.quantiles.find(({ share }) => share === 0.5)?.value ?? null;

/** A value of two versions. */
export interface CategoryPair {
  value: string;
  now: number;
  before: number;
}

/** The frequent values of a column before and now, as shares of the rows that have a value, the most frequent first. */
export function categories(now: Statistics, before?: Statistics): CategoryPair[] {
  const pairs = new Map<string, CategoryPair>();
  const add = (statistics: Statistics | undefined, side: 'now' | 'before') => {
    for (const { value, count } of statistics?.frequent ?? []) {
      const pair = pairs.get(value) ?? { value, now: 0, before: 0 };
      pair[side] = statistics?.count ? count / statistics.count : 0;
      pairs.set(value, pair);
    }
  };
  add(now, 'now');
  add(before, 'before');
  return [...pairs.values()].sort((a, b) => b.now - a.now || b.before - a.before);
}

/** What changed of the schema, in sentences. */
export function schemaChanges({ added, removed, retyped }: Pick<Diff, 'added' | 'removed' | 'retyped'>): string[] {
  return [
    ...added.map(({ name, type }) => `${name} added (${type})`),
    ...removed.map(({ name, type }) => `${name} removed (${type})`),
    ...retyped.map(({ column, before, after }) => `${column} was ${before}, is ${after}`),
  ];
}
