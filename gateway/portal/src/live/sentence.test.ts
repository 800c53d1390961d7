import { expect, it } from 'vitest';
import { eventTypes } from './eventTypes';
import { sentenceOf } from './sentence';

const event = (type: string, data: Record<string, unknown>, subject = 'breast-cancer') => ({
  position: 1,
  id: 'i',
  source: '/mesh',
  type,
  subject,
  time: '',
  project: 'demo',
  data,
});

it('says what failed and why', () => {
  const said = sentenceOf(event('run.failed', { name: 'sweep-3', cause: 'Out of memory.' }, 'r-1'));
  expect(said).toMatchObject({ thing: 'sweep-3', what: 'failed', more: 'Out of memory.', meaning: 'bad' });
  expect(said.to?.params).toEqual({ project: 'demo', run: 'r-1' });
});

it('names the features that drifted, the first three', () => {
  const features = ['a', 'b', 'c', 'd', 'e'].map((feature) => ({ feature, drifted: feature !== 'b' }));
  expect(sentenceOf(event('drift.detected', { endpoint: 'e', features })).more).toBe('a, c, d and 1 more');
});

it('names the version of a model', () => {
  expect(sentenceOf(event('model.promoted', { model: 'm', version: 2, alias: 'champion' }))).toMatchObject({
    thing: 'm@2',
    what: 'was promoted to champion',
  });
  expect(sentenceOf(event('model.created', { model: 'm' })).thing).toBe('m');
});

it('says what is in a data set, or why it cannot be read', () => {
  const said = sentenceOf(event('dataset.profiled', { key: 'data/iris', version: 2, rows: 1500, columns: 1 }, 'data/iris'));
  expect(said).toMatchObject({ thing: 'data/iris@2', what: 'was read: 1,500 rows, 1 column', meaning: 'plain' });
  expect(said.to).toEqual({ route: '/p/$project/datasets/$key', params: { project: 'demo', key: 'data/iris' } });
  expect(sentenceOf(event('dataset.profiled', { key: 'k', version: 1, fault: 'dataset.unreadable' }))).toMatchObject({
    what: 'cannot be read',
    more: 'dataset.unreadable',
    meaning: 'bad',
  });
});

it('has words for every type', () => {
  for (const type of eventTypes) expect(sentenceOf(event(type, {})).what).not.toBe('');
});
