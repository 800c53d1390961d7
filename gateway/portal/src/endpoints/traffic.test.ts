import { expect, test } from 'vitest';
import { knownUntil, milliseconds, seriesOf, upTo } from './traffic';

const point = (at: string, requests: number, p50: number | null = null) => ({
  at,
  requests,
  rows: requests,
  refused: 0,
  failed: 0,
  p50,
  p95: p50,
  p99: p50,
});

test('requests are told by the minute, without the stretch that is not over', () => {
  const traffic = {
    from: '2026-03-01T00:00:00Z',
    to: '2026-03-01T00:01:30Z',
    seconds: 30,
    total: point('2026-03-01T00:00:00Z', 12),
    points: [point('2026-03-01T00:00:00Z', 5, 3), point('2026-03-01T00:00:30Z', 0), point('2026-03-01T00:01:00Z', 7, 4)],
  };
  const { requests, latency } = seriesOf(traffic as never, Date.parse('2026-03-01T00:01:10Z'));
  expect(requests.map(({ id, y }) => [id, y])).toEqual([['requests', [10, 0]]]);
  expect(latency[0]?.y).toEqual([3, null]);
  expect(seriesOf({ ...traffic, total: { ...traffic.total, rows: 40 } } as never, 0).requests.map(({ id }) => id)).toEqual([
    'requests',
    'rows',
  ]);
});

test('silence means that nothing was asked, once a report would have come', () => {
  const read = '2026-03-01T00:00:50Z';
  const traffic = {
    from: '2026-03-01T00:00:00Z',
    to: '2026-03-01T00:01:00Z',
    seconds: 30,
    total: point('2026-03-01T00:00:00Z', 12),
    points: [point('2026-03-01T00:00:00Z', 5), point('2026-03-01T00:00:30Z', 7)],
  } as never;
  const requests = (now: string) => {
    const until = knownUntil(traffic, Date.parse(read), Date.parse(now));
    return seriesOf(upTo(traffic, until), until).requests[0]?.y;
  };
  expect(requests('2026-03-01T00:00:55Z')).toEqual([10]);
  expect(requests('2026-03-01T00:01:14Z')).toEqual([10]);
  expect(requests('2026-03-01T00:01:15Z')).toEqual([10, 14]);
  expect(requests('2026-03-01T00:01:45Z')).toEqual([14, 0]);
  expect(requests('2026-03-01T02:00:20Z')).toEqual([0, 0]);
});

test('milliseconds have few digits', () => {
  expect([0.344, 9.96, 12.4, 999.4, 1200, 61_000].map(milliseconds)).toEqual(['0.34 ms', '10 ms', '12 ms', '999 ms', '1.2 s', '61 s']);
});
