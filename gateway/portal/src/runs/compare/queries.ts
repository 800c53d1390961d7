import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '../../api/client';
import { readRuns } from '../queries';

const key = (project: string, ...of: unknown[]) => [project, 'runs', 'lists', 'compare', ...of] as const;

/** Runs side by side, with what differs marked. */
export const comparisonQuery = (project: string, runs: readonly string[]) =>
  queryOptions({
    queryKey: key(project, 'rows', runs),
    queryFn: ({ signal }) =>
      answer(api.POST('/api/v1/projects/{project}/runs/compare', { params: { path: { project } }, body: { runs: [...runs] }, signal })),
    enabled: runs.length > 1,
  });

/** The runs themselves, in the order in which they are named; without those that are out of sight. */
export const comparedRunsQuery = (project: string, runs: readonly string[]) =>
  queryOptions({
    queryKey: key(project, 'runs', runs),
    queryFn: async () => {
      const found = new Map((await readRuns(project, runs)).map((run) => [run.id, run]));
      return runs.flatMap((id) => found.get(id) ?? []);
    },
    enabled: runs.length > 1,
  });

// So many points in one chart, shared among its lines: a few lines have every point, many lines what can be seen.
const most = 10_000;

/** A metric of some runs, as lines of one chart. */
export const linesQuery = (project: string, runs: readonly string[], name: string) =>
  queryOptions({
    queryKey: key(project, 'lines', runs, name),
    queryFn: async ({ signal }) => {
      const answered = await answer(
        api.GET('/api/v1/projects/{project}/metrics', {
          params: { path: { project }, query: { run: [...runs], name: [name], points: String(pointsOf(runs.length)), x: 'step' } },
          signal,
        }),
      );
      return answered.charts;
    },
    enabled: runs.length > 0,
  });

/** Points of each of so many lines. */
const pointsOf = (lines: number): number => Math.min(1000, Math.max(100, Math.floor(most / Math.max(1, lines))));

/** Metrics over groups of some runs. */
export const groupsQuery = (project: string, runs: readonly string[], by: readonly string[], metrics: readonly string[]) =>
  queryOptions({
    queryKey: key(project, 'groups', runs, by, metrics),
    queryFn: ({ signal }) =>
      answer(
        api.POST('/api/v1/projects/{project}/runs/group', {
          params: { path: { project } },
          body: { select: { runs: [...runs] }, by: [...by], metrics: [...metrics] },
          signal,
        }),
      ),
    enabled: by.length > 0 && metrics.length > 0,
  });

/** Which params go with a metric over some runs. */
export const correlationQuery = (project: string, runs: readonly string[], metric: string) =>
  queryOptions({
    queryKey: key(project, 'correlation', runs, metric),
    queryFn: ({ signal }) =>
      answer(
        api.POST('/api/v1/projects/{project}/runs/correlate', {
          params: { path: { project } },
          body: { select: { runs: [...runs] }, metric },
          signal,
        }),
      ),
    enabled: metric !== '',
  });
