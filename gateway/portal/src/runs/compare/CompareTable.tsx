import type { Schema } from '../../api/client';
import { measure } from '../../format/numbers';
import { ScreenLink } from '../../shell/ScreenLink';
import { StatusBadge } from '../../shell/StatusBadge';
import { SideBySide } from '../../tables/SideBySide';

type Comparison = Schema<'RunComparison'>;

const parts = [
  ['context', 'Context'],
  ['param', 'Params'],
  ['metric', 'Metrics'],
] as const;

/** A row for each thing that runs have, a column for each run. */
export function CompareTable({ project, comparison, onlyDifferent }: { project: string; comparison: Comparison; onlyDifferent: boolean }) {
  return (
    <SideBySide
      label="Runs side by side"
      noun="Run"
      things={comparison.runs.map((run) => ({
        id: run.id,
        head: (
          <>
            <ScreenLink to="/p/$project/runs/$run" params={{ project, run: run.id }} className="line" title={run.name}>
              {run.name}
            </ScreenLink>
            <StatusBadge status={run.status} />
          </>
        ),
      }))}
      parts={parts.map(([kind, title]) => ({
        title,
        lines: comparison.rows
          .filter((row) => row.kind === kind)
          .map((row) => ({ name: row.key, values: row.values.map((value) => textOf(value, kind)), differs: row.differs })),
      }))}
      onlyDifferent={onlyDifferent}
    />
  );
}

function textOf(value: Schema<'ComparedValue'> | null | undefined, kind: string): string | null {
  if (kind !== 'metric') return value?.text ?? null;
  return value?.last == null ? null : measure(Number(value.last));
}
