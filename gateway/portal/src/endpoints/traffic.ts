import type { Schema } from '../api/client';
import type { Series } from '../charts/series';

type Traffic = Schema<'EndpointTraffic'>;
type Point = Traffic['points'][number];

// Replicas report every ten seconds what they counted.
const reported = 15_000;

/** Up to when all is known that was asked: to where it was read, or, while changes are heard, to the last stretch of which a report would have come. */
export function knownUntil(traffic: Traffic, readAt: number, now: number): number {
  const heard = now - reported;
  return Math.max(readAt, heard - (heard % (traffic.seconds * 1000)));
}

/** What was read, up to a moment until which all is known: silence means that nothing was asked. It covers as much time as before. */
export function upTo(traffic: Traffic, until: number): Traffic {
  const step = traffic.seconds * 1000;
  const points = [...traffic.points];
  for (let at = Date.parse(traffic.to); at + step <= until; at += step)
    points.push({ at: new Date(at).toISOString(), requests: 0, rows: 0, refused: 0, failed: 0, p50: null, p95: null, p99: null });
  return { ...traffic, points: points.slice(-traffic.points.length) };
}

/** The lines of what an endpoint was asked. The stretch that is not over yet would look like a fall, so it is left out. */
export function seriesOf(traffic: Traffic, now: number): { requests: Series[]; latency: Series[]; faults: Series[] } {
  const points = traffic.points.filter(({ at }) => Date.parse(at) + traffic.seconds * 1000 <= now);
  const x = points.map(({ at }) => Date.parse(at) / 1000);
  const aMinute = (of: (point: Point) => number) => points.map((point) => (of(point) * 60) / traffic.seconds);
  const line = (id: string, label: string, y: (number | null)[], dash?: number[]): Series => ({
    id,
    label,
    x,
    y,
    ...(dash ? { dash } : {}),
  });
  const answered = traffic.total.requests - traffic.total.refused - traffic.total.failed;
  return {
    requests: [
      line(
        'requests',
        'Requests',
        aMinute(({ requests }) => requests),
      ),
      ...(traffic.total.rows === answered
        ? []
        : [
            line(
              'rows',
              'Rows',
              aMinute(({ rows }) => rows),
              [6, 3],
            ),
          ]),
    ],
    latency: [
      line(
        'p50',
        'p50',
        points.map(({ p50 }) => p50 ?? null),
      ),
      line(
        'p95',
        'p95',
        points.map(({ p95 }) => p95 ?? null),
        [6, 3],
      ),
      line(
        'p99',
        'p99',
        points.map(({ p99 }) => p99 ?? null),
        [2, 3],
      ),
    ],
    faults: [
      line(
        'failed',
        'Failed (5xx)',
        aMinute(({ failed }) => failed),
      ),
      line(
        'refused',
        'Refused (4xx)',
        aMinute(({ refused }) => refused),
        [6, 3],
      ),
    ],
  };
}

/** Milliseconds in a few digits: `0.34 ms`, `12 ms`, `1.2 s`. */
export function milliseconds(value: number): string {
  if (value >= 1000) return `${(value / 1000).toFixed(value >= 10_000 ? 0 : 1).replace(/\.0$/, '')} s`;
  return `${value >= 10 ? Math.round(value) : Number(value.toPrecision(2))} ms`;
}
