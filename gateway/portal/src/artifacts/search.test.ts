import { expect, test } from 'vitest';
import { readArtifactSearch, readArtifactsSearch } from './search';

test('a filter is a part of the key and a kind that there is', () => {
  expect(readArtifactsSearch({ text: 'report', kind: 'plot' })).toEqual({ text: 'report', kind: 'plot' });
  expect(readArtifactsSearch({ text: 2026, kind: 'cake' })).toEqual({ text: '2026' });
  expect(readArtifactsSearch({ text: '', kind: null })).toEqual({});
});

test('an artifact is shown at a version and a file', () => {
  expect(readArtifactSearch({ tab: 'versions', version: 3, path: 'a/b.csv' })).toEqual({ tab: 'versions', version: 3, path: 'a/b.csv' });
  expect(readArtifactSearch({ tab: 'content', version: '3', path: 7 })).toEqual({});
});
