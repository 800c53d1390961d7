import type { Schema } from '../../api/client';
import { measure } from '../../format/numbers';
import { EmptyState } from '../../shell/EmptyState';
import { ScreenLink } from '../../shell/ScreenLink';
import { StatusBadge } from '../../shell/StatusBadge';
import classes from './Compare.module.css';

type Comparison = Schema<'RunComparison'>;

const parts = [
  ['context', 'Context'],
  ['param', 'Params'],
  ['metric', 'Metrics'],
] as const;

/** A row for each thing that runs have, a column for each run; rows that differ are marked. */
export function CompareTable({ project, comparison, onlyDifferent }: { project: string; comparison: Comparison; onlyDifferent: boolean }) {
  const shown = comparison.rows.filter((row) => row.differs || !onlyDifferent);
  if (shown.length === 0) return <EmptyState title="Nothing differs">The runs have the same context, params and metrics.</EmptyState>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className={classes.scroller} aria-label="Runs side by side" tabIndex={0}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Run</th>
            {comparison.runs.map((run) => (
              <th key={run.id} scope="col">
                <ScreenLink to="/p/$project/runs/$run" params={{ project, run: run.id }} className="line" title={run.name}>
                  {run.name}
                </ScreenLink>
                <StatusBadge status={run.status} />
              </th>
            ))}
          </tr>
        </thead>
        {parts.map(([kind, title]) => {
          const rows = shown.filter((row) => row.kind === kind);
          return rows.length === 0 ? null : (
            <tbody key={kind}>
              <tr className={classes.part}>
                <th scope="rowgroup" colSpan={comparison.runs.length + 1}>
                  {title}
                </th>
              </tr>
              {rows.map((row) => (
                <tr key={row.key} data-differs={row.differs || undefined}>
                  <th scope="row" className="line" title={row.key}>
                    {row.differs && (
                      <span className={classes.mark} title="Differs">
                        ≠
                      </span>
                    )}
                    {row.key}
                  </th>
                  {row.values.map((value, i) => {
                    const text = textOf(value, kind);
                    return (
                      <td key={comparison.runs[i]?.id} className="line" title={text}>
                        {text}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          );
        })}
      </table>
    </section>
  );
}

function textOf(value: Schema<'ComparedValue'> | null | undefined, kind: string): string {
  if (!value) return '–';
  if (kind !== 'metric') return value.text ?? '–';
  return value.last === null || value.last === undefined ? '–' : measure(Number(value.last));
}
