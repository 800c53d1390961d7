import { expect, test } from 'vitest';
import { axisOf, isWithin } from './parallel';

test('numbers lie between the lowest and the highest', () => {
  const axis = axisOf('lr', 'lr', ['0.1', '0.3', null, '0.2'], String);
  expect(axis.places.map((place) => place && Math.round(place * 100) / 100)).toEqual([0, 1, null, 0.5]);
  expect(axis.ticks.map((tick) => tick.at)).toEqual([0, 0.5, 1]);
});

test('texts have a place each, in order', () => {
  const axis = axisOf('opt', 'opt', ['sgd', 'adam', 'sgd', undefined], String);
  expect(axis.places).toEqual([1, 0, 1, null]);
  expect(axis.ticks).toEqual([
    { at: 0, text: 'adam' },
    { at: 1, text: 'sgd' },
  ]);
});

test('one value lies in the middle', () => expect(axisOf('a', 'a', [2, 2], String).places).toEqual([0.5, 0.5]));

test('a run without a value is within no range of that axis', () => {
  const axes = [axisOf('a', 'a', [1, 2, null], String)];
  const ranges = new Map([['a', [0.4, 1] as const]]);
  expect([0, 1, 2].map((run) => isWithin(axes, ranges, run))).toEqual([false, true, false]);
});
