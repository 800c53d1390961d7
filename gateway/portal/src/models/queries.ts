import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../api/client';
import { all, byCursor } from '../api/paging';

export type Model = Schema<'ModelInfo'>;
export type Version = Schema<'ModelVersion'>;

/** Models by name. */
export const modelsQuery = (project: string) =>
  infiniteQueryOptions({
    queryKey: [project, 'models', 'list'],
    ...byCursor<Model>((cursor, signal) =>
      answer(
        api.GET('/api/v1/projects/{project}/models', {
          params: { path: { project }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    ),
  });

/** All models, the last changed first. */
export const newestModelsQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'models', 'newest'],
    queryFn: async ({ signal }) => {
      const models = await all((cursor) =>
        answer(
          api.GET('/api/v1/projects/{project}/models', {
            params: { path: { project }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      );
      return models.sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
    },
  });

/** One model. */
export const modelQuery = (project: string, model: string) =>
  queryOptions({
    queryKey: [project, 'models', model, 'one'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/projects/{project}/models/{model}', { params: { path: { project, model } }, signal })),
  });

/** Its versions, newest first. */
export const versionsQuery = (project: string, model: string) =>
  infiniteQueryOptions({
    queryKey: [project, 'models', model, 'versions', 'list'],
    ...byCursor<Version>((cursor, signal) =>
      answer(
        api.GET('/api/v1/projects/{project}/models/{model}/versions', {
          params: { path: { project, model }, query: { limit: 100, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    ),
  });

/** One version, with its training statistics. */
export const versionQuery = (project: string, model: string, version: string) =>
  queryOptions({
    queryKey: [project, 'models', model, 'versions', version],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/models/{model}/versions/{version}', { params: { path: { project, model, version } }, signal }),
      ),
  });

/** Whether a version may take an alias, check by check. */
export const gateQuery = (project: string, model: string, alias: string, version: number) =>
  queryOptions({
    queryKey: [project, 'models', model, 'gates', alias, version],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/models/{model}/gates/{alias}/check', {
          params: { path: { project, model, alias }, query: { version } },
          signal,
        }),
      ),
    enabled: alias !== '',
  });

/** Moves an alias and says that this is the version for production; refused if somebody moved it meanwhile. */
export const promote = (project: string, model: string, version: number, alias: string, reason: string, expected: number) =>
  answer(
    api.POST('/api/v1/projects/{project}/models/{model}/promote', {
      params: { path: { project, model } },
      body: { version, alias, expected, ...(reason ? { reason } : {}) },
    }),
  );
