import { expect, it } from 'vitest';
import type { Schema } from '../api/client';
import type { MeshEvent } from '../live/meshEvent';
import { ownFailures } from './FailedRuns';
import { gathered } from './gathered';

it('tells the failure of a parent once, not again for each of its children', () => {
  const runs = [
    { id: 'child', parent: 'parent' },
    { id: 'parent', parent: null },
    { id: 'orphan', parent: 'elsewhere' },
  ] as unknown as Schema<'RunInfo'>[];
  expect(ownFailures(runs).map((run) => run.id)).toEqual(['parent', 'orphan']);
});

it('gathers a sweep into one entry, and leaves the rest as it is', () => {
  const events = [
    'run.completed',
    'run.completed',
    'run.completed',
    'run.failed',
    'run.failed',
    'run.failed',
    'run.completed',
    'run.completed',
  ].map((type, position) => ({ type, position }) as MeshEvent);
  expect(gathered(events).map(({ event, more }) => [event.position, more])).toEqual([
    [0, 2],
    [3, 0],
    [4, 0],
    [5, 0],
    [6, 0],
    [7, 0],
  ]);
});
