import { expect, test } from 'vitest';
import { readDatasetSearch, readDatasetsSearch } from './search';

test('a data set is shown at a version, compared with another', () => {
  expect(readDatasetSearch({ tab: 'compare', version: 3, against: 1, column: 'age' })).toEqual({
    tab: 'compare',
    version: 3,
    against: 1,
    column: 'age',
  });
});

test('what is out of form is dropped, and names of columns may be numbers', () => {
  expect(readDatasetSearch({ tab: 'columns', version: 'x', against: 0, filter: 7, column: 2024 })).toEqual({ column: '2024' });
  expect(readDatasetsSearch({ text: null })).toEqual({});
});
