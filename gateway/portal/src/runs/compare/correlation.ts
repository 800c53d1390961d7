import type { Schema } from '../../api/client';

/** How strongly a param goes with a metric, −1 to 1: the stronger of the two of numbers with its sign, of categories the root of η²; null where nothing is defined. */
export function effectOf({ pearson, spearman, etaSquared }: Schema<'ParamCorrelation'>): number | null {
  const known = [pearson, spearman].filter((figure): figure is number => figure != null);
  if (known.length > 0) return known.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
  return etaSquared == null ? null : Math.sqrt(Math.max(0, etaSquared));
}
