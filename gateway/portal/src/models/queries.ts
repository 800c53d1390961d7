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

/** The model card of a version, in markdown. */
export const cardQuery = (project: string, model: string, version: number) =>
  queryOptions({
    queryKey: [project, 'models', model, 'versions', String(version), 'card'],
    queryFn: async ({ signal }): Promise<string> =>
      answer(
        api.GET('/api/v1/projects/{project}/models/{model}/versions/{version}/card', {
          params: { path: { project, model, version: String(version) } },
          parseAs: 'text',
          signal,
        }),
      ),
  });

/** Versions side by side: 2 to 20 of them. */
export const comparisonQuery = (project: string, model: string, versions: readonly number[]) =>
  queryOptions({
    queryKey: [project, 'models', model, 'comparison', ...versions],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/models/{model}/compare', {
          params: { path: { project, model }, query: { version: versions.map(String) } },
          signal,
        }),
      ),
    enabled: versions.length > 1,
  });

/** Asks for the approval of a version, gives it or refuses it. */
export const decideApproval = (project: string, { model, version }: Version, action: Schema<'ApprovalAction'>, comment: string) =>
  answer(
    api.POST('/api/v1/projects/{project}/models/{model}/versions/{version}/approval', {
      params: { path: { project, model, version } },
      body: { action, ...(comment ? { comment } : {}) },
    }),
  );

/** Points an alias to a version; refused if somebody moved it meanwhile. */
export const moveAlias = (project: string, model: string, alias: string, version: number, expected: number) =>
  answer(
    api.PUT('/api/v1/projects/{project}/models/{model}/aliases/{alias}', {
      params: { path: { project, model, alias } },
      body: { version, expected },
    }),
  );

/** Takes an alias away; refused if somebody moved it meanwhile. */
export const deleteAlias = (project: string, model: string, alias: string, expected: number) =>
  answer(
    api.DELETE('/api/v1/projects/{project}/models/{model}/aliases/{alias}', {
      params: { path: { project, model, alias }, query: { expected } },
    }),
  );

/** Says what a version must fulfil before it takes an alias. */
export const setGate = (project: string, model: string, alias: string, body: Schema<'SetGate'>) =>
  answer(api.PUT('/api/v1/projects/{project}/models/{model}/gates/{alias}', { params: { path: { project, model, alias } }, body }));

/** Lets any version take an alias. */
export const deleteGate = (project: string, model: string, alias: string) =>
  answer(api.DELETE('/api/v1/projects/{project}/models/{model}/gates/{alias}', { params: { path: { project, model, alias } } }));
