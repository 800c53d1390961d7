import { expect, test } from 'vitest';
import { bandOf } from './bands';

test('the mean of curves with their deviation', () => {
  const band = bandOf(
    [
      { x: [0, 1, 2], y: [1, 2, 3] },
      { x: [0, 1, 2], y: [3, 4, 5] },
    ],
    'deviation',
  );
  expect(band.x).toEqual([0, 1, 2]);
  expect(band.mean).toEqual([2, 3, 4]);
  expect(band.high[0]).toBeCloseTo(2 + Math.SQRT2);
  expect(band.low[0]).toBeCloseTo(2 - Math.SQRT2);
});

test('curves with points at other places meet between them, and count only where they are', () => {
  const band = bandOf(
    [
      { x: [0, 10], y: [0, 10] },
      { x: [5, 20], y: [7, 7] },
    ],
    'range',
  );
  expect(band.x).toEqual([0, 5, 10, 20]);
  expect(band.low).toEqual([0, 5, 7, 7]);
  expect(band.high).toEqual([0, 7, 10, 7]);
});

test('a gap is bridged, one curve has no deviation', () =>
  expect(bandOf([{ x: [0, 1, 2], y: [1, null, 3] }], 'deviation')).toEqual({ x: [0, 2], mean: [1, 3], low: [1, 3], high: [1, 3] }));

test('many places become as many as are asked for', () => {
  const x = Array.from({ length: 1000 }, (_, i) => i);
  const band = bandOf([{ x, y: x }], 'deviation', 11);
  expect(band.x).toHaveLength(11);
  expect(band.mean.at(-1)).toBe(999);
});

test('no curve makes no band', () => expect(bandOf([{ x: [1], y: [null] }], 'range').x).toEqual([]));
