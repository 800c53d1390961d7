import type { Schema } from '../api/client';
import { measure } from '../format/numbers';

export type Distribution = Schema<'FeatureDistribution'>;

/** A pair of bars: how many of the training's values, and of those now, lie in a bin. */
export interface Pair {
  label: string;
  reference: number;
  current: number;
  /** The counts as shares of all values of their side. */
  referenceShare: number;
  currentShare: number;
}

const mostCategories = 24;

/** The bins of a feature as pairs; those of other categories and of missing values only where there are some. */
export function pairsOf({ edges, categories, reference, current }: Distribution): Pair[] {
  const all = totalOf(reference);
  const now = totalOf(current);
  const pair = (label: string, of: number, at: number): Pair => ({
    label,
    reference: of,
    current: at,
    referenceShare: all === 0 ? 0 : of / all,
    currentShare: now === 0 ? 0 : at / now,
  });
  const bins = reference.bins.map((of, i) => pair(edges ? rangeOf(edges, i) : (categories?.[i] ?? ''), of, current.bins[i] ?? 0));
  const pairs = edges ? bins : largest(bins, pair);
  if ((reference.other ?? 0) > 0 || (current.other ?? 0) > 0) pairs.push(pair('not in training', reference.other ?? 0, current.other ?? 0));
  if (reference.missing > 0 || current.missing > 0) pairs.push(pair('missing', reference.missing, current.missing));
  return pairs;
}

/** The categories that count most on either side, and the rest as one. */
function largest(bins: Pair[], pair: (label: string, of: number, at: number) => Pair): Pair[] {
  const order = bins.toSorted((a, b) => b.referenceShare + b.currentShare - a.referenceShare - a.currentShare);
  if (order.length <= mostCategories) return order;
  const rest = order.slice(mostCategories - 1);
  const sum = (of: (one: Pair) => number) => rest.reduce((total, one) => total + of(one), 0);
  return [
    ...order.slice(0, mostCategories - 1),
    pair(
      `${rest.length} more`,
      sum((one) => one.reference),
      sum((one) => one.current),
    ),
  ];
}

const totalOf = ({ bins, missing, other }: Distribution['reference']): number =>
  bins.reduce((sum, bin) => sum + bin, 0) + missing + (other ?? 0);

function rangeOf(edges: readonly number[], bin: number): string {
  const [low, high] = [edges[bin - 1], edges[bin]];
  if (low === undefined) return `below ${measure(high ?? 0)}`;
  if (high === undefined) return `${measure(low)} and above`;
  return `${measure(low)} to ${measure(high)}`;
}
