import { expect, it } from 'vitest';
import type { Schema } from '../api/client';
import { ownFailures } from './FailedRuns';

it('tells the failure of a parent once, not again for each of its children', () => {
  const runs = [
    { id: 'child', parent: 'parent' },
    { id: 'parent', parent: null },
    { id: 'orphan', parent: 'elsewhere' },
  ] as unknown as Schema<'RunInfo'>[];
  expect(ownFailures(runs).map((run) => run.id)).toEqual(['parent', 'orphan']);
});
