import { expect, it } from 'vitest';
import { badgeOf, checksOf } from './checks';

it('puts what is not well first, and names checks in words', () =>
  expect(checksOf({ drain: 'healthy', 'database-tracking': 'unhealthy', 'some-thing': 'healthy' }).map(({ label }) => label)).toEqual([
    'Database of tracking',
    'some thing',
    'Takes requests',
  ]));

it('marks states', () => {
  expect(badgeOf('healthy')).toBe('healthy');
  expect(badgeOf('degraded')).toBe('suspected');
  expect(badgeOf('unhealthy')).toBe('failed');
});
