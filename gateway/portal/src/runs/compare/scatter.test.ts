import { expect, test } from 'vitest';
import type { Field } from './fields';
import { markOf, scatterFields } from './scatter';

const field = (id: string, group: Field['group'], values: Field['values']): Field => ({
  id,
  label: id.slice(id.indexOf('.') + 1),
  group,
  values,
  differs: new Set(values).size > 1,
});

const fields = [
  field('params.opt', 'Params', ['adam', 'sgd']),
  field('params.lr', 'Params', ['0.1', '0.2']),
  field('params.same', 'Params', ['1', '1']),
  field('metrics.auc', 'Metrics', [0.8, 0.9]),
];

test('a param of numbers lies against a metric, one of texts gives the colour', () => {
  const chosen = scatterFields(fields, {});
  expect([chosen?.x.id, chosen?.y.id, chosen?.color?.id]).toEqual(['params.lr', 'metrics.auc', 'params.opt']);
});

test('the address decides', () => {
  const chosen = scatterFields(fields, { x: 'metrics.auc', y: 'params.same', color: 'none' });
  expect([chosen?.x.id, chosen?.y.id, chosen?.color]).toEqual(['metrics.auc', 'params.same', null]);
});

test('without a metric there is no plot', () => expect(scatterFields(fields.slice(0, 3), {})).toBeNull());

test('neighbouring categories have other marks', () => expect(markOf(0)).not.toBe(markOf(1)));
