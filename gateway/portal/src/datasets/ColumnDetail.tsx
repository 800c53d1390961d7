import { Histogram } from '../charts/Histogram';
import { count, measure, percent } from '../format/numbers';
import { Facts } from '../shell/Facts';
import { Panel } from '../shell/Panel';
import { Categories } from './Categories';
import classes from './Datasets.module.css';
import { missingShare } from './drift';
import type { Column, Statistics } from './queries';

const shown = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/** One column of a data set in full. */
export function ColumnDetail({ column, statistics }: { column: Column; statistics: Statistics }) {
  const numbers = statistics.numbers;
  return (
    <Panel title={column.name} aside={<span className="quiet">{column.type}</span>}>
      {numbers?.histogram && (
        <div className={classes.chart}>
          <Histogram label={`Distribution of ${column.name}`} bins={numbers.histogram} height={150} axis />
        </div>
      )}
      {statistics.frequent && statistics.frequent.length > 0 && <Categories statistics={statistics} />}
      <Facts
        of={[
          ['Values', count(statistics.count)],
          ['Missing', `${count(statistics.missing)} (${percent(missingShare(statistics))})`],
          ['Distinct', `about ${count(statistics.distinct)}`],
          ['Mean', numbers?.mean != null && measure(numbers.mean)],
          ['Deviation', numbers?.deviation != null && measure(numbers.deviation)],
          ['Not finite', Boolean(numbers?.nonFinite) && count(numbers?.nonFinite ?? 0)],
          ['Least', numbers?.min != null ? measure(numbers.min) : statistics.min],
          ...(numbers?.quantiles ?? [])
            .filter(({ share }) => shown.includes(share))
            .map(({ share, value }) => [share === 0.5 ? 'Median' : percent(share), measure(value)] as const),
          ['Greatest', numbers?.max != null ? measure(numbers.max) : statistics.max],
        ]}
      />
    </Panel>
  );
}
