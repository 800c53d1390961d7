import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api } from '../../api/client';
import { all, byCursor } from '../../api/paging';
import { Problem } from '../../api/problem';
import type { Axis } from './search';

const key = (project: string, run: string) => [project, 'runs', 'one', run] as const;

/** A run, now or as of a version of its history. */
export const runQuery = (project: string, run: string, at?: number) =>
  queryOptions({
    queryKey: [...key(project, run), 'as-of', at ?? 'now'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/runs/{run}', {
          params: { path: { project, run }, query: at === undefined ? {} : { asOf: String(at) } },
          signal,
        }),
      ),
  });

/** What happened to a run, oldest first. */
export const historyQuery = (project: string, run: string) =>
  infiniteQueryOptions({
    queryKey: [...key(project, run), 'history'],
    ...byCursor((cursor, signal) =>
      answer(
        api.GET('/api/v1/projects/{project}/runs/{run}/history', {
          params: { path: { project, run }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    ),
  });

/** The job that a run is of; null where there is none. */
export const jobQuery = (project: string, run: string) =>
  queryOptions({
    queryKey: [project, 'jobs', 'one', run],
    queryFn: async ({ signal }) => {
      try {
        return await answer(api.GET('/api/v1/projects/{project}/jobs/{id}', { params: { path: { project, id: run } }, signal }));
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      }
    },
  });

/** The attempts of a job, oldest first. */
export const attemptsQuery = (project: string, run: string) =>
  queryOptions({
    queryKey: [project, 'jobs', 'one', run, 'attempts'],
    queryFn: ({ signal }) =>
      all((cursor) =>
        answer(
          api.GET('/api/v1/projects/{project}/jobs/{id}/attempts', {
            params: { path: { project, id: run }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      ),
  });

const points = 800;
const atOnce = 20;

/** Charts of metrics of one run, each with as many points as can be seen. */
export const chartsQuery = (project: string, run: string, names: readonly string[], x: Axis) =>
  queryOptions({
    queryKey: [...key(project, run), 'charts', x, names],
    queryFn: async ({ signal }) => {
      const parts: string[][] = [];
      for (let i = 0; i < names.length; i += atOnce) parts.push(names.slice(i, i + atOnce));
      const answers = await Promise.all(
        parts.map((name) =>
          answer(
            api.GET('/api/v1/projects/{project}/metrics', {
              params: { path: { project }, query: { run: [run], name, points: String(points), x } },
              signal,
            }),
          ),
        ),
      );
      return answers.flatMap((charts) => charts.charts);
    },
  });

/** The runs below a run. */
export const childrenQuery = (project: string, run: string) =>
  infiniteQueryOptions({
    queryKey: [project, 'runs', 'lists', 'children', run],
    ...byCursor((cursor, signal) =>
      answer(
        api.GET('/api/v1/projects/{project}/runs', {
          params: {
            path: { project },
            query: { parent: run, status: [], orderBy: [], tag: [], param: [], limit: 100, ...(cursor ? { cursor } : {}) },
          },
          signal,
        }),
      ),
    ),
  });

/** Asks for the end of a run. */
export const abortRun = (project: string, run: string) =>
  answer(
    api.POST('/api/v1/projects/{project}/runs/{run}/abort', {
      params: { path: { project, run } },
      body: { reason: 'Aborted in the portal.' },
    }),
  );
