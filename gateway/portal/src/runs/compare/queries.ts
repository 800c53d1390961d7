import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '../../api/client';

/** Runs side by side, with what differs marked. */
export const comparisonQuery = (project: string, runs: readonly string[]) =>
  queryOptions({
    queryKey: [project, 'runs', 'lists', 'compare', runs],
    queryFn: ({ signal }) =>
      answer(api.POST('/api/v1/projects/{project}/runs/compare', { params: { path: { project } }, body: { runs: [...runs] }, signal })),
    enabled: runs.length > 1,
  });

// So many points in one answer, shared among its lines: a few lines have every point, many lines what a chart can show.
const most = 100_000;

/** Some metrics of some runs as charts. */
export const overlaidQuery = (project: string, runs: readonly string[], names: readonly string[]) =>
  queryOptions({
    queryKey: [project, 'runs', 'lists', 'overlaid', runs, names],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/metrics', {
          params: {
            path: { project },
            query: { run: [...runs], name: [...names], points: String(pointsOf(runs.length * names.length)), x: 'step' },
          },
          signal,
        }),
      ),
    enabled: runs.length > 0 && names.length > 0,
  });

/** Points of each of so many lines. */
export const pointsOf = (lines: number): number => Math.min(1000, Math.max(100, Math.floor(most / Math.max(1, lines))));
