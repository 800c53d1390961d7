import { expect, test } from 'vitest';
import type { Run } from '../rows';
import type { Field } from './fields';
import { firstGrouping, groupsOf, groupValue, keyOf } from './grouping';

const field = (label: string, values: string[]): Field => ({
  id: `params.${label}`,
  label,
  group: 'Params',
  values: values.map((value) => value || null),
  differs: new Set(values).size > 1,
});

const runs = ['a', 'b', 'c', 'd'].map((id) => ({ id }) as Run);
const lr = field('lr', ['0.1', '0.2', '0.1', '']);

test('groups stand at the place of their first run, and have the key of the values that the mesh gives', () => {
  const groups = groupsOf(runs, [lr], ['params.lr']);
  expect(groups.map((group) => [group.label, group.runs.map((run) => run.id).join('')])).toEqual([
    ['lr 0.1', 'ac'],
    ['lr 0.2', 'b'],
    ['lr none', 'd'],
  ]);
  expect(groups[2]?.key).toBe(keyOf([null]));
});

test('groups are made at first by what repeats, and not by the seed', () => {
  const seed = field('seed', ['1', '2', '1', '2']);
  const opt = field('opt', ['adam', 'sgd', 'sgd', 'adam']);
  expect(firstGrouping([seed, opt])).toEqual(['params.opt']);
  expect(firstGrouping([seed])).toEqual(['experiment']);
});

test('states of groups have the names of the portal', () => {
  expect(groupValue('status', 'FINISHED')).toBe('completed');
  expect(groupValue('params.status', 'FINISHED')).toBe('FINISHED');
});
