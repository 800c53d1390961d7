import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api } from '../api/client';
import { all, byCursor } from '../api/paging';
import { groupField, selectionOf } from './groups';
import type { Run } from './rows';
import type { RunsQuestion } from './search';

const pageSize = 100;

/** A page of runs that a question finds. */
export const findRuns = (project: string, question: RunsQuestion, limit: number, cursor: string | undefined, signal?: AbortSignal) =>
  answer(
    api.GET('/api/v1/projects/{project}/runs', {
      params: { path: { project }, query: { ...question, tag: [], param: [], limit, ...(cursor ? { cursor } : {}) } },
      ...(signal ? { signal } : {}),
    }),
  );

/** The rows of the table. Events patch them (`useLiveRuns`) instead of making them stale: somebody may have scrolled far. */
export const runsQuery = (project: string, question: RunsQuestion) =>
  infiniteQueryOptions({
    queryKey: [project, 'run-table', question],
    ...byCursor<Run>((cursor, signal) => findRuns(project, question, pageSize, cursor, signal)),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Runs in groups, with figures of some metrics. Children of a run are found first: a selection names them. */
export const runGroupsQuery = (project: string, question: RunsQuestion, by: string, metrics: readonly string[]) =>
  queryOptions({
    queryKey: [project, 'runs', 'lists', 'groups', question, by, metrics],
    queryFn: async ({ signal }) => {
      const children = question.parent ? await all((cursor) => findRuns(project, question, 200, cursor, signal), mostSelected) : null;
      const answered = await answer(
        api.POST('/api/v1/projects/{project}/runs/group', {
          params: { path: { project } },
          body: {
            select: children
              ? { runs: children.slice(0, mostSelected).map((run) => run.id), orderBy: question.orderBy }
              : selectionOf(question),
            by: [groupField(by)],
            // The question must be about some metric; of one that no run has, nothing is shown.
            metrics: metrics.length > 0 ? metrics.slice(0, mostMetrics) : ['none'],
          },
          signal,
        }),
      );
      return children && children.length >= mostSelected ? { ...answered, truncated: true } : answered;
    },
  });

/** The most runs that a selection names, and the most metrics that a question about groups is about. */
const mostSelected = 1000;
const mostMetrics = 50;

/** Names of runs by their ids. */
export const runNamesQuery = (project: string, ids: readonly string[]) =>
  queryOptions({
    queryKey: [project, 'runs', 'lists', 'names', ids],
    queryFn: async () => new Map((await readRuns(project, ids)).map((run) => [run.id, run.name])),
    enabled: ids.length > 0,
  });

/** The experiments of a project. */
export const experimentsQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'experiments', 'all'],
    queryFn: ({ signal }) =>
      all((cursor) =>
        answer(
          api.GET('/api/v1/projects/{project}/experiments', {
            params: { path: { project }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      ),
  });

/** How long deleted runs are kept. */
export const retentionQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'retention'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/projects/{project}/retention', { params: { path: { project } }, signal })),
  });

/** Some runs as they are now. */
export async function readRuns(project: string, ids: readonly string[]): Promise<Run[]> {
  const filter = `attributes.run_id IN (${ids.map((id) => `'${id}'`).join(', ')})`;
  return (await findRuns(project, { status: [], orderBy: [], filter }, ids.length, undefined)).items;
}

const atOnce = 6;

/** Does something to many runs, a few at a time; says which were done, and what hindered the others. */
async function each(
  ids: readonly string[],
  act: (id: string) => Promise<unknown>,
): Promise<{ done: string[]; failed: { id: string; error: unknown }[] }> {
  const done: string[] = [];
  const failed: { id: string; error: unknown }[] = [];
  const left = [...ids];
  const worker = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      try {
        await act(id);
        done.push(id);
      } catch (error) {
        failed.push({ id, error });
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { done, failed };
}

/** Takes runs out of sight. */
export const deleteRuns = (project: string, ids: readonly string[]) =>
  each(ids, (run) => answer(api.DELETE('/api/v1/projects/{project}/runs/{run}', { params: { path: { project, run } } })));

/** Brings deleted runs back. */
export const restoreRuns = (project: string, ids: readonly string[]) =>
  each(ids, (run) => answer(api.POST('/api/v1/projects/{project}/runs/{run}/restore', { params: { path: { project, run } } })));
