import { expect, test } from 'vitest';
import type { Version } from '../models/queries';
import { faultIn, fieldsOf, requestOf } from './request';

const version = {
  signature: {
    inputs: [
      { name: 'age', type: 'int64' },
      { name: 'size', type: 'fp32' },
      { name: 'kind', type: 'bytes' },
      { name: 'new', type: 'bool' },
    ],
    outputs: [],
  },
  statistics: {
    rows: 3,
    columns: [
      { name: 'age', mean: 41.6, min: 18, max: 90 },
      { name: 'size', mean: 1.23456789 },
      { name: 'kind', categories: { b: 1, a: 2 } },
    ],
  },
} as unknown as Version;

test('a request begins with what was usual in training', () => {
  const fields = fieldsOf(version);
  expect(fields.map(({ usual, range, categories }) => [usual, range, categories])).toEqual([
    ['42', '18 to 90 in training', []],
    ['1.2346', '', []],
    ['a', '', ['a', 'b']],
    ['false', '', []],
  ]);
  expect(requestOf(fields, {})).toEqual({
    inputs: [
      { name: 'age', datatype: 'INT64', shape: [1], data: [42] },
      { name: 'size', datatype: 'FP32', shape: [1], data: [1.2346] },
      { name: 'kind', datatype: 'BYTES', shape: [1], data: ['a'] },
      { name: 'new', datatype: 'BOOL', shape: [1], data: [false] },
    ],
  });
});

test('vectors have their length, and those of any length one value', () => {
  const inputs = [
    { name: 'pixels', type: 'fp32', shape: [2, 2] },
    { name: 'words', type: 'bytes', shape: [-1] },
  ];
  const fields = fieldsOf({ signature: { inputs, outputs: [] } } as unknown as Version);
  expect(requestOf(fields, { words: 'one, two' })).toEqual({
    inputs: [
      { name: 'pixels', datatype: 'FP32', shape: [1, 2, 2], data: [0, 0, 0, 0] },
      { name: 'words', datatype: 'BYTES', shape: [1, 2], data: ['one', 'two'] },
    ],
  });
});

test('what is no value of its column is told before it is sent', () => {
  const [age, size, kind, isNew] = fieldsOf(version) as [never, never, never, never];
  expect([faultIn(age, '4.5'), faultIn(age, ''), faultIn(age, '7')]).toEqual(['A whole number.', 'A whole number.', null]);
  expect([faultIn(size, 'x'), faultIn(size, ''), faultIn(size, '1e3')]).toEqual(['A number, or nothing where it is missing.', null, null]);
  expect([faultIn(kind, ''), faultIn(isNew, 'yes')]).toEqual([null, 'true or false.']);
  const [pixels] = fieldsOf({ signature: { inputs: [{ name: 'p', type: 'fp32', shape: [3] }], outputs: [] } } as unknown as Version);
  expect([faultIn(pixels as never, '1, 2'), faultIn(pixels as never, '1 2 3')]).toEqual(['3 values, by commas.', null]);
});

test('a missing number is sent as null', () => {
  expect(requestOf(fieldsOf(version).slice(1, 2), { size: '' })).toEqual({
    inputs: [{ name: 'size', datatype: 'FP32', shape: [1], data: [null] }],
  });
});
