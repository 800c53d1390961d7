import { expect, test } from 'vitest';
import { categories, driftOf, missingShare, schemaChanges } from './drift';
import type { Statistics } from './queries';

const statistics = (count: number, missing: number, frequent: Record<string, number> = {}): Statistics => ({
  column: 'city',
  count,
  missing,
  distinct: 3,
  min: null,
  max: null,
  frequent: Object.entries(frequent).map(([value, many]) => ({ value, count: many })),
});

test.each([
  [null, undefined],
  [0.0999, 'none'],
  [0.1, 'moderate'],
  [0.25, 'moderate'],
  [0.26, 'large'],
])('a PSI of %s is a drift called %s', (psi, label) => expect(driftOf(psi)?.label).toBe(label));

test('what is missing is a share of all rows', () => {
  expect(missingShare(statistics(3, 1))).toBe(0.25);
  expect(missingShare(statistics(0, 0))).toBe(0);
});

test('categories of both versions stand beside each other, as shares', () => {
  const pairs = categories(statistics(10, 0, { Oslo: 6, Rome: 4 }), statistics(100, 5, { Rome: 80, Lima: 20 }));
  expect(pairs).toEqual([
    { value: 'Oslo', now: 0.6, before: 0 },
    { value: 'Rome', now: 0.4, before: 0.8 },
    { value: 'Lima', now: 0, before: 0.2 },
  ]);
});

test('a changed schema is told in sentences', () => {
  const column = { name: 'score', type: 'DOUBLE', kind: 'number', nullable: false } as const;
  expect(schemaChanges({ added: [column], removed: [], retyped: [{ column: 'zip', before: 'BIGINT', after: 'VARCHAR' }] })).toEqual([
    'score added (DOUBLE)',
    'zip was BIGINT, is VARCHAR',
  ]);
});
