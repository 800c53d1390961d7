import { expect, test } from 'vitest';
import { checkOf, draftOf, faultOf } from './gateDraft';

test('a check goes through the form as it is', () => {
  const check = { metric: 'loss', atMost: 0.5, beatsCurrent: true, lowerIsBetter: true, name: 'low loss' };
  expect(checkOf(draftOf(check))).toEqual(check);
});

test('a check must say something', () => {
  expect(faultOf(draftOf())).toBe('Say which metric.');
  const accuracy = { ...draftOf(), metric: 'accuracy' };
  expect(faultOf(accuracy)).toMatch('Say a bound');
  expect(faultOf({ ...accuracy, atLeast: 'much' })).toBe('A bound is a number.');
  expect(faultOf({ ...accuracy, atLeast: '0.9', atMost: '0.8' })).toBe('The least is above the most.');
  expect(faultOf({ ...accuracy, atLeast: '0.9' })).toBeNull();
  expect(faultOf({ ...accuracy, beatsCurrent: true })).toBeNull();
});
