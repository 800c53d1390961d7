import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../api/client';
import { all, byCursor } from '../api/paging';
import type { JobsSearch } from './search';

export type Job = Schema<'JobInfo'>;

/** Jobs by what was asked for, newest first. */
export const jobsQuery = (project: string, { status, function: name, item, exp }: JobsSearch, limit = 100) =>
  infiniteQueryOptions({
    queryKey: [project, 'jobs', 'lists', status ?? '', name ?? '', item ?? '', exp ?? '', limit],
    ...byCursor<Job>((cursor, signal) =>
      answer(
        api.GET('/api/v1/projects/{project}/jobs', {
          params: {
            path: { project },
            query: {
              limit,
              ...(status ? { status } : {}),
              ...(name ? { function: name } : {}),
              ...(item ? { item } : {}),
              ...(exp ? { experiment: exp } : {}),
              ...(cursor ? { cursor } : {}),
            },
          },
          signal,
        }),
      ),
    ),
  });

/** One job. */
export const jobQuery = (project: string, id: string) =>
  queryOptions({
    queryKey: [project, 'jobs', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/projects/{project}/jobs/{id}', { params: { path: { project, id } }, signal })),
  });

/** The event with which a job was submitted: it holds what the job itself does not show. */
export const submissionQuery = (project: string, id: string) =>
  queryOptions({
    queryKey: [project, 'jobs', 'submission', id],
    queryFn: async ({ signal }) => {
      const { items } = await answer(
        api.GET('/api/v1/projects/{project}/jobs/{id}/history', { params: { path: { project, id }, query: { limit: 1 } }, signal }),
      );
      return items[0]?.data ?? null;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Jobs that wait, in the order in which they were submitted. */
export const waitingJobsQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'jobs', 'waiting'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/jobs', { params: { path: { project }, query: { status: 'queued', limit: 200 } }, signal }),
      ),
  });

/** How many jobs may run at once, and how many run and wait. */
export const limitsQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'jobs', 'limits'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/projects/{project}/jobs/limits', { params: { path: { project } }, signal })),
  });

/** Sets how many jobs may run at once; null: as many as the workers take. */
export const setLimits = (project: string, maxRunning: number | null) =>
  answer(api.PUT('/api/v1/projects/{project}/jobs/limits', { params: { path: { project } }, body: { maxRunning } }));

/** Where jobs can run. */
export const profilesQuery = queryOptions({
  queryKey: ['profiles'],
  queryFn: ({ signal }) =>
    all((cursor) => answer(api.GET('/api/v1/profiles', { params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } }, signal }))),
});

/** Queues a job. */
export const submitJob = (project: string, body: Schema<'SubmitJob'>) =>
  answer(api.POST('/api/v1/projects/{project}/jobs', { params: { path: { project } }, body }));

/** Ends a job. */
export const abortJob = (project: string, id: string, reason: string | null) =>
  answer(api.POST('/api/v1/projects/{project}/jobs/{id}/abort', { params: { path: { project, id } }, body: { reason } }));
