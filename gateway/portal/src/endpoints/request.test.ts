import { expect, test } from 'vitest';
import { exampleOf } from './request';

test('a request begins with what was usual in training', () => {
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
        { name: 'age', mean: 41.6 },
        { name: 'size', mean: 1.23456789 },
      ],
    },
  };
  expect(exampleOf(version as never)).toEqual({
    inputs: [
      { name: 'age', datatype: 'INT64', shape: [1], data: [42] },
      { name: 'size', datatype: 'FP32', shape: [1], data: [1.2346] },
      { name: 'kind', datatype: 'BYTES', shape: [1], data: [''] },
      { name: 'new', datatype: 'BOOL', shape: [1], data: [false] },
    ],
  });
});

test('vectors have their length, and those of any length one value', () => {
  const inputs = [
    { name: 'pixels', type: 'fp32', shape: [2, 2] },
    { name: 'words', type: 'bytes', shape: [-1] },
  ];
  expect(exampleOf({ signature: { inputs, outputs: [] } } as never)).toEqual({
    inputs: [
      { name: 'pixels', datatype: 'FP32', shape: [1, 2, 2], data: [0, 0, 0, 0] },
      { name: 'words', datatype: 'BYTES', shape: [1, 1], data: [''] },
    ],
  });
});
