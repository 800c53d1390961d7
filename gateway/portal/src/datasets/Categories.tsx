import { percent } from '../format/numbers';
import classes from './Datasets.module.css';
import { categories } from './drift';
import type { Statistics } from './queries';

/** The frequent values of a column as bars; beside those of another version, if one is given. */
export function Categories({ statistics, before }: { statistics: Statistics; before?: Statistics | undefined }) {
  const pairs = categories(statistics, before);
  const most = Math.max(...pairs.flatMap(({ now, before: then }) => [now, then]), Number.MIN_VALUE);
  return (
    <ul className={classes.categories} aria-label={`Frequent values of ${statistics.column}`}>
      {pairs.map((pair) => (
        <li key={pair.value}>
          <span className="line" title={pair.value}>
            {pair.value === '' ? <span className="quiet">empty text</span> : pair.value}
          </span>
          <span className={classes.share}>
            <i className={classes.now} style={{ width: `${(pair.now / most) * 100}%` }} />
            {before && <i className={classes.before} style={{ width: `${(pair.before / most) * 100}%` }} />}
          </span>
          <span className="number">
            {before && <span className="quiet">{percent(pair.before)} → </span>}
            {percent(pair.now)}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** The same without words, for a row of a table. */
export function CategoriesInRow({ statistics }: { statistics: Statistics }) {
  const pairs = categories(statistics);
  const most = pairs[0]?.now || 1;
  return (
    <span
      role="img"
      aria-label={pairs
        .slice(0, 3)
        .map(({ value, now }) => `${value} ${percent(now)}`)
        .join(', ')}
      className={classes.columnsInRow}
    >
      {pairs.slice(0, 12).map(({ value, now }) => (
        <i key={value} style={{ height: `${Math.max(4, (now / most) * 100)}%` }} />
      ))}
    </span>
  );
}
