import { expect, test } from 'vitest';
import type { Version } from './queries';
import { checkText, metricsOf, seriesOf } from './versions';

const version = (number: number, metrics: Record<string, number>) => ({ version: number, metrics }) as unknown as Version;

test('metrics of most versions come first', () => {
  expect(metricsOf([version(2, { f1: 0.9, auc: 1 }), version(1, { auc: 0.8 })])).toEqual(['auc', 'f1']);
});

test('a metric runs along the versions from the oldest on, and leaves out those without it', () => {
  expect(seriesOf([version(3, { auc: 0.9 }), version(2, {}), version(1, { auc: 0.7 })], 'auc')).toEqual({
    id: 'auc',
    label: 'auc',
    x: [1, 3],
    y: [0.7, 0.9],
  });
});

test('a gate is told in words', () => {
  const check = { metric: 'loss', atMost: 0.3, beatsCurrent: true, lowerIsBetter: true };
  expect(checkText({ alias: 'champion', requireApproval: true, fourEyes: true, checks: [check] } as never)).toBe(
    'loss at most 0.3, loss lower than now; approved by somebody else',
  );
});
