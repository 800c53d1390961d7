import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../api/client';
import { byCursor } from '../api/paging';

export type Dataset = Schema<'DatasetInfo'>;
export type DatasetVersion = Schema<'DatasetVersion'>;
export type Profile = Schema<'DatasetProfile'>;
export type Column = Schema<'DatasetColumn'>;
export type Statistics = Schema<'DatasetColumnStatistics'>;
export type Diff = Schema<'DatasetDiff'>;
export type Drift = Schema<'ColumnDrift'>;

/** Data sets by key, each with its newest version. */
export const datasetsQuery = (project: string, text: string | undefined) =>
  infiniteQueryOptions({
    queryKey: [project, 'datasets', 'list', text ?? ''],
    ...byCursor<Dataset>((cursor, signal) =>
      answer(
        api.GET('/api/v1/projects/{project}/datasets', {
          params: { path: { project }, query: { limit: 200, ...(text ? { text } : {}), ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    ),
  });

/** A version of a data set with its profile, the newest unless one is named. */
export const datasetQuery = (project: string, key: string, version: number | undefined) =>
  queryOptions({
    queryKey: [project, 'datasets', 'one', key, version ?? 'latest'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/datasets/{key}/versions/{version}', {
          params: { path: { project, key, version: String(version ?? 'latest') } },
          signal,
        }),
      ),
  });

// What is in a version never changes, so no event makes it stale.
const unchanging = { staleTime: Number.POSITIVE_INFINITY };

/** Rows of a version in the order of its file, those that a filter lets through. */
export const datasetRowsQuery = (project: string, key: string, version: number, filter: string | undefined) =>
  infiniteQueryOptions({
    queryKey: [project, 'dataset-rows', key, version, filter ?? ''],
    ...unchanging,
    ...byCursor<unknown>((cursor, signal) =>
      answer(
        api.GET('/api/v1/projects/{project}/datasets/{key}/versions/{version}/rows', {
          params: {
            path: { project, key, version: String(version) },
            query: { limit: 200, ...(filter ? { filter } : {}), ...(cursor ? { cursor } : {}) },
          },
          signal,
        }),
      ),
    ),
  });

/** What is different in a version, compared with another: the one before it unless named. */
export const diffQuery = (project: string, key: string, version: number, against: number | undefined) =>
  queryOptions({
    queryKey: [project, 'dataset-diffs', key, version, against ?? 'before'],
    ...unchanging,
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/datasets/{key}/versions/{version}/diff', {
          params: { path: { project, key, version: String(version) }, query: against === undefined ? {} : { against: String(against) } },
          signal,
        }),
      ),
  });
