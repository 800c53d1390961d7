import { expect, it } from 'vitest';
import { aligned, valueAt } from './series';
import { smoothed } from './smoothing';

it('puts series of different x over one axis', () => {
  const data = aligned([
    { id: 'a', label: 'a', x: [1, 2, 4], y: [10, 20, 40] },
    { id: 'b', label: 'b', x: [2, 3], y: [5, null], band: { low: [4, 4], high: [6, 6] } },
  ]);
  expect(data[0]).toEqual([1, 2, 3, 4]);
  expect(Array.from(data[1] ?? [])).toEqual([10, 20, undefined, 40]);
  expect(data.length).toBe(5);
});

it('gives the nearest value before a place', () => {
  expect(valueAt([1, null, undefined, 4], 2)).toBe(1);
  expect(valueAt([null, 2], 0)).toBeNull();
});

it('smooths from the first value on, and leaves gaps', () => {
  expect(smoothed([1, 1, null, 1], 0.9).map((value) => (value === null ? null : Number(value.toFixed(6))))).toEqual([1, 1, null, 1]);
  const [first, second] = smoothed([0, 10], 0.5);
  expect(first).toBe(0);
  expect(second).toBeCloseTo(6.667, 3);
  expect(smoothed([3, 4], 0)).toEqual([3, 4]);
});
