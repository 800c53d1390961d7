import { expect, test } from 'vitest';
import { readAddress, readOf, screenOf, writeAddress, writeOf } from './address';

test('addresses are read and written back', () => {
  const uri = 'mesh://demo/dataset/raw/my%20data.csv@3';
  const thing = readAddress(uri);
  expect(thing).toEqual({ project: 'demo', kind: 'dataset', key: 'raw/my data.csv', version: '3' });
  expect(thing && writeAddress(thing)).toBe(uri);
  expect(readAddress('https://example.com')).toBeNull();
});

test('what the portal holds is read and written back', () => {
  for (const of of ['dataset:raw/my data.csv@3', 'registered-model:churn#champion', 'run:0a1b', 'window:churn@2026-11-27T02:00:00Z']) {
    const thing = readOf('demo', of);
    expect(thing && writeOf(thing)).toBe(of);
  }
  expect(readOf('demo', 'nothing')).toBeNull();
});

test('things lead to their screens', () => {
  const to = (of: string) => {
    const thing = readOf('demo', of);
    return thing && screenOf(thing)?.to;
  };
  expect(to('registered-model:churn@2')).toBe('/p/$project/models/$model/$version');
  expect(to('registered-model:churn#champion')).toBe('/p/$project/models/$model');
  expect(to('plot:roc@1')).toBe('/p/$project/artifacts/$key');
  expect(to('dataset:raw/my data.csv')).toBe('/p/$project/datasets/$key');
  expect(to('window:churn@2026')).toBe('/p/$project/endpoints/$endpoint');
  expect(to('external:s3')).toBeUndefined();
  expect(screenOf({ project: 'demo', kind: 'dataset', key: 'iris', version: '3' })).toEqual({
    to: '/p/$project/datasets/$key',
    params: { project: 'demo', key: 'iris' },
    search: { version: 3 },
  });
});

test('artifacts are shown at their version', () => {
  const version = (uri: string) => {
    const thing = readAddress(uri);
    return thing && screenOf(thing)?.search?.version;
  };
  expect(version('mesh://demo/dataset/iris@3')).toBe(3);
  expect(version('mesh://demo/plot/roc#golden')).toBeUndefined();
});
