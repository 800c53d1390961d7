import type { Schema } from '../api/client';
import type { Series } from '../charts/series';
import type { Version } from './queries';

/** The metrics that versions have, those of most versions first. */
export function metricsOf(versions: readonly Version[]): string[] {
  const counts = new Map<string, number>();
  for (const version of versions) for (const name in version.metrics ?? {}) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0], 'en')).map(([name]) => name);
}

/** A metric along the versions, oldest first. */
export function seriesOf(versions: readonly Version[], metric: string): Series {
  const known = versions.filter((version) => Number.isFinite(Number(version.metrics?.[metric]))).toSorted((a, b) => a.version - b.version);
  return { id: metric, label: metric, x: known.map(({ version }) => version), y: known.map(({ metrics }) => Number(metrics?.[metric])) };
}

/** What a gate demands, in a sentence. */
export function checkText(gate: Schema<'AliasGate'>): string {
  const checks = gate.checks.map(({ metric, atLeast, atMost, beatsCurrent, lowerIsBetter }) =>
    [
      atLeast != null && `${metric} at least ${atLeast}`,
      atMost != null && `${metric} at most ${atMost}`,
      beatsCurrent && `${metric} ${lowerIsBetter ? 'lower' : 'higher'} than now`,
    ]
      .filter(Boolean)
      .join(', '),
  );
  if (gate.requireApproval) checks.push(gate.fourEyes ? 'approved by somebody else' : 'approved');
  return checks.join('; ');
}
