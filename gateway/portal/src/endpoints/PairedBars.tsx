import { count, measure, percent } from '../format/numbers';
import classes from './PairedBars.module.css';
import { type Distribution, type Pair, pairsOf } from './pairs';

const width = 720;
const height = 190;
const left = 52;
const bottom = 34;
const top = 10;

/** How a feature was distributed in training beside how it is now: two bars a bin, and the same as a table. */
export function PairedBars({ of }: { of: Distribution }) {
  const pairs = pairsOf(of);
  const most = Math.max(0.01, ...pairs.map((pair) => Math.max(pair.referenceShare, pair.currentShare)));
  const plot = height - top - bottom;
  const step = (width - left - 4) / pairs.length;
  const bar = Math.min(26, step * 0.38);
  const y = (share: number) => top + plot * (1 - share / most);
  return (
    <figure className={classes.figure}>
      <figcaption className={classes.legend}>
        <span>
          <i data-of="reference" aria-hidden /> training
        </span>
        <span>
          <i data-of="current" aria-hidden /> this window
        </span>
        <span>share of the values in each bin</span>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} className={classes.plot} role="img" aria-label={`${of.feature}: ${summary(pairs)}`}>
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line x1={left} x2={width} y1={y(share * most)} y2={y(share * most)} className={classes.grid} />
            <text x={left - 6} y={y(share * most) + 4} textAnchor="end">
              {Math.round(share * most * 1000) / 10} %
            </text>
          </g>
        ))}
        {pairs.map((pair, i) => {
          const middle = left + step * (i + 0.5);
          return (
            <g key={pair.label}>
              <title>{`${pair.label}: training ${percent(pair.referenceShare)}, this window ${percent(pair.currentShare)}`}</title>
              <rect x={middle - step / 2} y={top} width={step} height={plot} className={classes.hit} />
              <rect
                x={middle - bar - 0.5}
                width={bar}
                y={y(pair.referenceShare)}
                height={plot + top - y(pair.referenceShare)}
                data-of="reference"
              />
              <rect x={middle + 0.5} width={bar} y={y(pair.currentShare)} height={plot + top - y(pair.currentShare)} data-of="current" />
              {!of.edges || !isRange(i, of) ? (
                <text x={middle} y={height - bottom + 16} textAnchor="middle">
                  {cut(pair.label, step)}
                </text>
              ) : null}
            </g>
          );
        })}
        {(of.edges ?? []).map((edge, i) =>
          every(of.edges?.length ?? 0, step, i) ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: the edges of a version never change.
            <text key={i} x={left + step * (i + 1)} y={height - bottom + 16} textAnchor="middle">
              {measure(edge, 3)}
            </text>
          ) : null,
        )}
      </svg>
      <details className={classes.values}>
        <summary>Values</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">Bin</th>
              <th scope="col">Training</th>
              <th scope="col">Share</th>
              <th scope="col">This window</th>
              <th scope="col">Share</th>
            </tr>
          </thead>
          <tbody>
            {pairs.map((pair) => (
              <tr key={pair.label}>
                <th scope="row">{pair.label}</th>
                <td>{count(pair.reference)}</td>
                <td>{percent(pair.referenceShare)}</td>
                <td>{count(pair.current)}</td>
                <td>{percent(pair.currentShare)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

// Bins of numbers are named by their edges, what comes after them by itself.
const isRange = (index: number, { edges }: Distribution) => index <= (edges?.length ?? 0);

// So many edges that their numbers do not touch.
const every = (edges: number, step: number, index: number) => index % Math.max(1, Math.ceil(46 / step)) === 0 && edges > 0;

const cut = (label: string, room: number) => {
  const letters = Math.max(3, Math.floor(room / 6.2));
  return label.length > letters ? `${label.slice(0, letters - 1)}…` : label;
};

function summary(pairs: readonly Pair[]): string {
  const apart = pairs.toSorted((a, b) => Math.abs(b.currentShare - b.referenceShare) - Math.abs(a.currentShare - a.referenceShare));
  return apart
    .slice(0, 3)
    .map((pair) => `${pair.label} ${percent(pair.referenceShare)} in training, ${percent(pair.currentShare)} now`)
    .join('; ');
}
