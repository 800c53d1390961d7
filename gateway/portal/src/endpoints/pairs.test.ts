import { expect, test } from 'vitest';
import { type Distribution, pairsOf } from './pairs';

const drift = { feature: 'x', psi: 0, jensenShannon: 0, drifted: false };

test('bins of numbers are named by their edges, and shares are of all values', () => {
  const of = {
    ...drift,
    edges: [1, 2.5],
    reference: { bins: [2, 1, 1], missing: 0 },
    current: { bins: [0, 1, 2], missing: 1 },
  } as Distribution;
  expect(pairsOf(of).map(({ label, referenceShare, currentShare }) => [label, referenceShare, currentShare])).toEqual([
    ['below 1', 0.5, 0],
    ['1 to 2.5', 0.25, 0.25],
    ['2.5 and above', 0.25, 0.5],
    ['missing', 0, 0.25],
  ]);
});

test('categories stand by how often they are, and of very many the rest is one', () => {
  const few = {
    ...drift,
    categories: ['a', 'b'],
    reference: { bins: [1, 3], missing: 0, other: 0 },
    current: { bins: [1, 2], missing: 0, other: 1 },
  } as Distribution;
  expect(pairsOf(few).map(({ label, current }) => [label, current])).toEqual([
    ['b', 2],
    ['a', 1],
    ['not in training', 1],
  ]);
  const bins = Array.from({ length: 100 }, () => 1);
  const many = {
    ...drift,
    categories: bins.map((_, i) => `c${i}`),
    reference: { bins, missing: 0 },
    current: { bins, missing: 0 },
  } as Distribution;
  const pairs = pairsOf(many);
  expect(pairs).toHaveLength(24);
  expect(pairs.at(-1)).toMatchObject({ label: '77 more', reference: 77, current: 77 });
});

test('a window without rows has no shares', () => {
  const of = { ...drift, edges: [1], reference: { bins: [1, 1], missing: 0 }, current: { bins: [0, 0], missing: 0 } } as Distribution;
  expect(pairsOf(of).map(({ currentShare }) => currentShare)).toEqual([0, 0]);
});
