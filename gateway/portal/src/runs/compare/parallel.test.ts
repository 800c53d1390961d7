import { expect, test } from 'vitest';
import { axisOf, isWithin } from './parallel';

test('numbers lie between the lowest and the highest', () => {
  const axis = axisOf('lr', 'lr', ['0.1', '0.3', null, '0.2'], String);
  expect(axis.places.map((place) => place && Math.round(place * 100) / 100)).toEqual([0, 1, null, 0.5]);
  expect(axis.ticks.map((tick) => tick.text)).toEqual(['0.1', '0.2', '0.3']);
});

test('ticks stand at few values unless they would be upon each other, and at ends and middle of many', () => {
  const textsOf = (values: number[]) => axisOf('a', 'a', values, String).ticks.map((tick) => tick.text);
  expect(textsOf([32, 64, 128, 64])).toEqual(['32', '64', '128']);
  expect(textsOf([0.1, 0.001, 0.01, 0.0001])).toEqual(['0.0001', '0.01', '0.1']);
  expect(textsOf([0, 1, 2, 3, 4, 5, 6, 10])).toEqual(['0', '5', '10']);
});

test('texts have a place each, in order', () => {
  const axis = axisOf('opt', 'opt', ['sgd', 'adam', 'sgd', undefined], String);
  expect(axis.places).toEqual([1, 0, 1, null]);
  expect(axis.ticks).toEqual([
    { at: 0, text: 'adam' },
    { at: 1, text: 'sgd' },
  ]);
});

test('along a logarithmic axis decades are equally far apart, and 0 has no place', () => {
  const axis = axisOf('lr', 'lr', ['0.01', '0.1', '1', '0'], String, true);
  expect(axis.places.map((place) => place && Math.round(place * 100) / 100)).toEqual([0, 0.5, 1, null]);
  expect(axis.ticks.map((tick) => tick.text)).toEqual(['0.01', '0.1', '1']);
});

test('one value lies in the middle', () => expect(axisOf('a', 'a', [2, 2], String).places).toEqual([0.5, 0.5]));

test('a run without a value is within no range of that axis', () => {
  const axes = [axisOf('a', 'a', [1, 2, null], String)];
  const ranges = new Map([['a', [0.4, 1] as const]]);
  expect([0, 1, 2].map((run) => isWithin(axes, ranges, run))).toEqual([false, true, false]);
});
