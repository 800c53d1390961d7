import { expect, test } from 'vitest';
import type { Run } from '../rows';
import { curvesOf, fieldsOf, telling } from './fields';

const run = (params: Record<string, string>, metrics: Record<string, [last: unknown, count: number]>, more: Partial<Run> = {}) =>
  ({
    experiment: 'default',
    status: 'completed',
    tags: {},
    params,
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, [last, count]]) => [name, { last, count }])),
    ...more,
  }) as unknown as Run;

const runs = [
  run({ lr: '0.1', seed: '1' }, { loss: [0.5, 10], 'system/cpu': [3, 9], auc: [0.9, 1] }, { tags: { data: 'v1' } }),
  run({ lr: '0.10', seed: '1' }, { loss: ['NaN', 10] }),
];

test('fields have a value for each run, and null where it has none', () => {
  const fields = new Map(fieldsOf(runs).map((field) => [field.id, field]));
  expect([...fields.keys()]).toEqual([
    'params.lr',
    'params.seed',
    'metrics.auc',
    'metrics.loss',
    'metrics.system/cpu',
    'tags.data',
    'experiment',
    'status',
  ]);
  expect(fields.get('params.lr')?.values).toEqual(['0.1', '0.10']);
  expect(fields.get('metrics.loss')?.values).toEqual([0.5, null]);
  expect(fields.get('tags.data')?.values).toEqual(['v1', null]);
  expect(fields.get('params.seed')?.differs).toBe(false);
});

test('what tells runs apart comes alone, unless nothing does', () => {
  expect(telling(fieldsOf(runs), 'Params').map((field) => field.label)).toEqual(['lr']);
  expect(telling(fieldsOf(runs.slice(1)), 'Params').map((field) => field.label)).toEqual(['lr', 'seed']);
  expect(telling(fieldsOf(runs), 'Metrics').map((field) => field.label)).toEqual(['auc', 'loss']);
});

test('a metric has a curve where a run has more than one point of it', () => expect(curvesOf(runs)).toEqual(['loss', 'system/cpu']));
