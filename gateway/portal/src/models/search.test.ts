import { expect, test } from 'vitest';
import { readCompareSearch, versionsOf } from './compareSearch';
import { readVersionSearch } from './versionSearch';

test('versions are numbers, each once, and no more than can be compared', () => {
  expect(versionsOf('3,1,3,x,0,-2,2.5')).toEqual([3, 1]);
  expect(versionsOf(Array.from({ length: 40 }, (_, i) => i + 1).join())).toHaveLength(20);
  expect(readCompareSearch({ versions: 7, differs: true })).toEqual({ versions: '7', differs: true });
  expect(readCompareSearch({ versions: 'all', differs: 'yes' })).toEqual({});
});

test('a version has three views', () => {
  expect([readVersionSearch({ view: 'card' }), readVersionSearch({ view: 'else' })]).toEqual([{ view: 'card' }, {}]);
});
