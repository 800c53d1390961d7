import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '../api/client';
import { newestEvents } from '../live/newest';

const everyRun = { tag: [] as string[], param: [] as string[], orderBy: [] as string[] };

/** The newest runs of some states. */
const newestRuns = (project: string, name: string, status: string[], limit: number) =>
  queryOptions({
    queryKey: [project, 'runs', 'lists', name],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/projects/{project}/runs', { params: { path: { project }, query: { ...everyRun, status, limit } }, signal })),
  });

/** Runs at work, and those that wait. */
export const currentRunsQuery = (project: string) => newestRuns(project, 'current', ['running', 'aborting', 'pending'], 50);

/** Runs that failed. */
export const failedRunsQuery = (project: string) => newestRuns(project, 'failed', ['failed'], 20);

/** Jobs that wait, with the reason where no worker could take them. */
export const queuedJobsQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'jobs', 'queued'],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/projects/{project}/jobs', { params: { path: { project }, query: { status: 'queued', limit: 50 } }, signal })),
  });

/** Types of events that tell of results rather than of steps. */
export const activityTypes = [
  'run.completed',
  'run.failed',
  'run.aborted',
  'job.attempt-failed',
  'model.*',
  'endpoint.*',
  'drift.*',
  'alert.*',
  'webhook.*',
  'artifact.logged',
  'artifact.deleted',
  'function.defined',
  'schedule.defined',
  'schedule.skipped',
  'project.*',
];

/** The newest of what happened. */
export const activityQuery = (project: string, most: number) =>
  queryOptions({
    queryKey: [project, 'activity', most],
    queryFn: ({ signal }) => newestEvents(project, most, signal, activityTypes.join(',')),
    staleTime: Number.POSITIVE_INFINITY,
  });
