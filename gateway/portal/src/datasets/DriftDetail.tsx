import { Histogram } from '../charts/Histogram';
import { count, measure, percent } from '../format/numbers';
import { Panel } from '../shell/Panel';
import { StatusBadge } from '../shell/StatusBadge';
import { Categories } from './Categories';
import classes from './Datasets.module.css';
import { driftOf, medianOf, missingShare } from './drift';
import type { Drift, Statistics } from './queries';

interface DriftDetailProps {
  drift: Drift;
  version: number;
  against: number;
}

const lines: [name: string, of: (statistics: Statistics) => string | null | undefined][] = [
  ['Values', (s) => count(s.count)],
  ['Missing', (s) => percent(missingShare(s))],
  ['Distinct', (s) => count(s.distinct)],
  ['Mean', (s) => (s.numbers?.mean == null ? null : measure(s.numbers.mean))],
  ['Deviation', (s) => (s.numbers?.deviation == null ? null : measure(s.numbers.deviation))],
  [
    'Median',
    (s) => {
      const median = medianOf(s);
      return median === null ? null : measure(median);
    },
  ],
  ['Least', (s) => (s.numbers?.min == null ? s.min : measure(s.numbers.min))],
  ['Greatest', (s) => (s.numbers?.max == null ? s.max : measure(s.numbers.max))],
];

/** One column of two versions: both distributions over each other, and their figures beside each other. */
export function DriftDetail({ drift, version, against }: DriftDetailProps) {
  const { column, before, after, psi, meanShift } = drift;
  const state = driftOf(psi);
  const [now, then] = [after.numbers?.histogram, before.numbers?.histogram];
  return (
    <Panel
      title={column}
      aside={state && <StatusBadge status={state.status} label={state.status === 'stable' ? 'no drift' : `${state.label} drift`} />}
    >
      {now && (
        <div className={classes.chart}>
          <Histogram label={`Distribution of ${column}`} bins={now} before={then} height={160} axis />
        </div>
      )}
      {(after.frequent?.length ?? 0) + (before.frequent?.length ?? 0) > 0 && <Categories statistics={after} before={before} />}
      <p className={classes.legend}>
        <span>
          <i className={classes.before} aria-hidden /> version {against}, before
        </span>
        <span>
          <i className={classes.now} aria-hidden /> version {version}
        </span>
      </p>
      <table className={classes.figures}>
        <thead>
          <tr>
            <th scope="col">Figure</th>
            <th scope="col">Version {against}</th>
            <th scope="col">Version {version}</th>
          </tr>
        </thead>
        <tbody>
          {lines
            .map(([name, of]) => [name, of(before), of(after)] as const)
            .filter(([, one, other]) => one != null || other != null)
            .map(([name, one, other]) => (
              <tr key={name} data-changed={one !== other || undefined}>
                <th scope="row">{name}</th>
                <td title={one ?? undefined}>{one ?? '–'}</td>
                <td title={other ?? undefined}>{other ?? '–'}</td>
              </tr>
            ))}
          {psi != null && (
            <tr>
              <th scope="row">PSI</th>
              <td colSpan={2}>{measure(psi)}</td>
            </tr>
          )}
          {meanShift != null && (
            <tr>
              <th scope="row">Mean moved by</th>
              <td colSpan={2}>{measure(meanShift)} deviations</td>
            </tr>
          )}
        </tbody>
      </table>
    </Panel>
  );
}
