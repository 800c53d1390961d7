import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../api/client';
import { all } from '../api/paging';

export type Schedule = Schema<'ScheduleInfo'>;
export type PutSchedule = Schema<'PutSchedule'>;

/** The schedules of a project by name. */
export const schedulesQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'schedules', 'all'],
    queryFn: ({ signal }) =>
      all((cursor) =>
        answer(
          api.GET('/api/v1/projects/{project}/schedules', {
            params: { path: { project }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      ),
  });

const at = (project: string, schedule: string) => ({ params: { path: { project, schedule } } });

/** The next times of a schedule. */
export const nextTimesQuery = (project: string, schedule: string, n: number) =>
  queryOptions({
    queryKey: [project, 'schedules', schedule, 'next', n],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/schedules/{schedule}/next', {
          params: { path: { project, schedule }, query: { n } },
          signal,
        }),
      ),
  });

/** What happened to a schedule, oldest first. */
export const scheduleHistoryQuery = (project: string, schedule: string) =>
  queryOptions({
    queryKey: [project, 'schedules', schedule, 'history'],
    queryFn: ({ signal }) =>
      all((cursor) =>
        answer(
          api.GET('/api/v1/projects/{project}/schedules/{schedule}/history', {
            params: { path: { project, schedule }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      ),
  });

/** Defines a schedule. */
export const putSchedule = (project: string, schedule: string, body: PutSchedule) =>
  answer(api.PUT('/api/v1/projects/{project}/schedules/{schedule}', { ...at(project, schedule), body }));

/** Lets a schedule stand still. */
export const pauseSchedule = (project: string, schedule: string) =>
  answer(api.POST('/api/v1/projects/{project}/schedules/{schedule}/pause', at(project, schedule)));

/** Lets it go on. */
export const resumeSchedule = (project: string, schedule: string) =>
  answer(api.POST('/api/v1/projects/{project}/schedules/{schedule}/resume', at(project, schedule)));

/** Deletes it. */
export const deleteSchedule = (project: string, schedule: string) =>
  answer(api.DELETE('/api/v1/projects/{project}/schedules/{schedule}', at(project, schedule)));

/** Submits the jobs of past times that have none. */
export const backfill = (project: string, schedule: string, from: string, to: string) =>
  answer(api.POST('/api/v1/projects/{project}/schedules/{schedule}/backfill', { ...at(project, schedule), body: { from, to } }));
