import { expect, it } from 'vitest';
import { fitting, type Listed, readItemSearch } from './search';

const items: Listed[] = [
  { hub: null, name: 'describe', version: '1.0.0', description: 'Statistics of a data set.', categories: ['data'] },
  { hub: 'team', name: 'train-churn', version: '1.2.0', description: 'Trains on a data set.', categories: ['training'] },
];
const names = (search: Parameters<typeof fitting>[1]) => fitting(items, search).map(({ name }) => name);

it('finds items by words, category and hub', () => {
  expect(names({})).toEqual(['describe', 'train-churn']);
  expect(names({ text: 'SET data' })).toEqual(['describe', 'train-churn']);
  expect(names({ text: 'churn' })).toEqual(['train-churn']);
  expect(names({ category: 'data' })).toEqual(['describe']);
  expect(names({ from: 'built-in' })).toEqual(['describe']);
  expect(names({ from: 'team', category: 'data' })).toEqual([]);
});

it('reads which item the address names', () =>
  expect(readItemSearch({ name: 'a', hub: '', version: '1.0.0', against: 3 })).toEqual({ name: 'a', version: '1.0.0' }));
