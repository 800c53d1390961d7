import { expect, test } from 'vitest';
import { histograms } from './histogram';

test('the highest bar is 1', () => {
  const { from, to, bars } = histograms([{ edges: [0, 1, 2], counts: [2, 4] }]);
  expect([from, to]).toEqual([0, 2]);
  expect(bars[0]?.map((bar) => bar.height)).toEqual([0.5, 1]);
});

test('histograms of more numbers and wider bins compare by area', () => {
  const { bars } = histograms([
    { edges: [0, 1, 2], counts: [5, 5] },
    { edges: [0, 2], counts: [1000] },
  ]);
  expect(bars.flat().map((bar) => bar.height)).toEqual([1, 1, 1]);
});

test('numbers that are all the same are a bar in the middle', () => {
  const { from, to, bars } = histograms([{ edges: [5, 5], counts: [3] }]);
  expect([from, to]).toEqual([4.5, 5.5]);
  expect(bars[0]?.[0]).toMatchObject({ from: 4.98, to: 5.02, height: 1 });
});

test('without counts nothing is high', () => expect(histograms([{ edges: [0, 1], counts: [0] }]).bars[0]?.[0]?.height).toBe(0));
