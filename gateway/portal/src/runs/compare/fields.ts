import type { Run } from '../rows';
import { isSystem, numberOf } from '../run/metrics';

/** Something that runs have a value of each: a param, the latest value of a metric, a tag, or what the run itself has. */
export interface Field {
  /** Such as `params.lr` or `experiment`. */
  id: string;
  label: string;
  group: 'Params' | 'Metrics' | 'Tags' | 'Run';
  /** One for each run, in their order; null where it has none. */
  values: readonly (string | number | null)[];
  /** Whether not all runs have the same. */
  differs: boolean;
}

const own: readonly [id: string, label: string, read: (run: Run) => string | null | undefined][] = [
  ['experiment', 'Experiment', (run) => run.experiment],
  ['status', 'Status', (run) => run.status],
  ['group', 'Group', (run) => run.group],
  ['user_id', 'User', (run) => run.user],
];

const inOrder = new Intl.Collator('en', { numeric: true });

/** All that runs have values of: params, then metrics, then tags, each by name, those of the machine last. */
export function fieldsOf(runs: readonly Run[]): Field[] {
  const field = (id: string, label: string, group: Field['group'], read: (run: Run) => string | number | null | undefined): Field => {
    const values = runs.map((run) => read(run) ?? null);
    return { id, label, group, values, differs: values.some((value) => value !== values[0]) };
  };
  const keys = (of: (run: Run) => Record<string, unknown>) =>
    [...new Set(runs.flatMap((run) => Object.keys(of(run))))].sort(inOrder.compare);
  const metrics = keys((run) => run.metrics);
  return [
    ...keys((run) => run.params).map((key) => field(`params.${key}`, key, 'Params', (run) => run.params[key])),
    ...[...metrics.filter((key) => !isSystem(key)), ...metrics.filter(isSystem)].map((key) =>
      field(`metrics.${key}`, key, 'Metrics', (run) => finite(run.metrics[key]?.last)),
    ),
    ...keys((run) => run.tags).map((key) => field(`tags.${key}`, key, 'Tags', (run) => run.tags[key])),
    ...own
      .map(([id, label, read]) => field(id, label, 'Run', read))
      .filter((one) => one.values.some((value) => value !== null && value !== '')),
  ];
}

/** Names of the metrics that at least one run has more than one point of, those of the machine last. */
export function curvesOf(runs: readonly Run[]): string[] {
  const names = new Set(runs.flatMap((run) => Object.entries(run.metrics).flatMap(([name, known]) => (known.count > 1 ? [name] : []))));
  return [...names].sort((a, b) => Number(isSystem(a)) - Number(isSystem(b)) || inOrder.compare(a, b));
}

/** Those of a kind of fields that tell runs apart; all of the kind where none does. */
export function telling(fields: readonly Field[], group: Field['group']): Field[] {
  const all = fields.filter((field) => field.group === group && !isSystem(field.label));
  const apart = all.filter((field) => field.differs);
  return apart.length > 0 ? apart : all;
}

// What has no place along an axis is missing there: NaN and infinities come as words.
const finite = (value: unknown): number | null => (value != null && Number.isFinite(numberOf(value)) ? numberOf(value) : null);
