import { expect, test } from 'vitest';
import { indented } from './json';

test('values stay as they are written', () => {
  expect(indented('{"a":1.0,"b":[12345678901234567890,"x, {y}: \\"z\\""],"c":{ },"d":[]}')).toBe(
    '{\n  "a": 1.0,\n  "b": [\n    12345678901234567890,\n    "x, {y}: \\"z\\""\n  ],\n  "c": {},\n  "d": []\n}',
  );
});

test('what is indented otherwise is indented anew', () => {
  expect(indented('{\n\t"a" : [ 1,\n 2 ]\n}\n')).toBe('{\n  "a": [\n    1,\n    2\n  ]\n}');
});

test('what is no JSON stays', () => expect(indented('{"a":')).toBe('{"a":'));
