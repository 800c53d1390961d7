import { expect, it } from 'vitest';
import { causeOf, readJobsSearch, subjectOf } from './search';

it('reads the address and drops what is out of form', () => {
  expect(readJobsSearch({ status: 'failed', function: 'train', exp: '', other: 1 })).toEqual({ status: 'failed', function: 'train' });
  expect(readJobsSearch({ status: 'sleeping', item: 7 })).toEqual({});
});

it('names what a job runs', () => {
  const nothing = { function: null, functionVersion: null, item: null, command: ['sleep', '5'] };
  expect(subjectOf({ ...nothing, function: 'train', functionVersion: 2 })).toBe('train@2');
  expect(subjectOf({ ...nothing, item: 'describe', command: [] })).toBe('describe');
  expect(subjectOf(nothing)).toBe('sleep 5');
});

it('tells the cause of the job, why it waits, or why the last attempt failed', () => {
  const attempt = { number: 1, worker: 'w', startedAt: '', endedAt: '', exitCode: 3, cause: 'no rows' };
  expect(causeOf({ status: 'failed', cause: 'no rows', unschedulable: null, attempts: [attempt] })).toBe('no rows');
  expect(causeOf({ status: 'queued', cause: null, unschedulable: 'No worker has 512 cores.', attempts: [] })).toContain('512');
  expect(causeOf({ status: 'queued', cause: null, unschedulable: null, attempts: [attempt] })).toBe('Attempt 1: no rows');
  expect(causeOf({ status: 'succeeded', cause: null, unschedulable: null, attempts: [attempt] })).toBeUndefined();
});
