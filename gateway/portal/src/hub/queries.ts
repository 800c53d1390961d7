import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../api/client';
import { all } from '../api/paging';

export type Hub = Schema<'HubInfo'>;
export type BuiltIn = Schema<'HubItem'>;
export type TeamItem = Schema<'HubItemVersion'>;

const page = (cursor: string | undefined) => ({ limit: 200, ...(cursor ? { cursor } : {}) });

/** What Mesh itself offers. */
export const builtInQuery = queryOptions({
  queryKey: ['hub'],
  queryFn: ({ signal }) => all((cursor) => answer(api.GET('/api/v1/hub', { params: { query: page(cursor) }, signal }))),
  staleTime: 10 * 60_000,
});

/** The hubs of a project. */
export const hubsQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'hubs', 'all'],
    queryFn: ({ signal }) =>
      all((cursor) => answer(api.GET('/api/v1/projects/{project}/hubs', { params: { path: { project }, query: page(cursor) }, signal }))),
  });

/** The items of a hub, each at its latest version. */
export const hubItemsQuery = (project: string, hub: string) =>
  queryOptions({
    queryKey: [project, 'hubs', hub, 'items'],
    queryFn: ({ signal }) =>
      all((cursor) =>
        answer(api.GET('/api/v1/projects/{project}/hubs/{hub}/items', { params: { path: { project, hub }, query: page(cursor) }, signal })),
      ),
  });

/** An item of a hub at a version, the latest without one. */
export const hubItemQuery = (project: string, hub: string, item: string, version: string | undefined) =>
  queryOptions({
    queryKey: [project, 'hubs', hub, 'items', item, version ?? 'latest'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/hubs/{hub}/items/{item}', {
          params: { path: { project, hub, item }, query: version ? { version } : {} },
          signal,
        }),
      ),
  });

/** Its versions, the greatest first. */
export const hubVersionsQuery = (project: string, hub: string, item: string) =>
  queryOptions({
    queryKey: [project, 'hubs', hub, 'items', item, 'versions'],
    queryFn: ({ signal }) =>
      all((cursor) =>
        answer(
          api.GET('/api/v1/projects/{project}/hubs/{hub}/items/{item}/versions', {
            params: { path: { project, hub, item }, query: page(cursor) },
            signal,
          }),
        ),
      ),
  });

/** Its Markdown file. */
export const hubDocQuery = (project: string, hub: string, item: string, version: string) =>
  queryOptions({
    queryKey: [project, 'hubs', hub, 'items', item, version, 'doc'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/hubs/{hub}/items/{item}/doc', {
          params: { path: { project, hub, item }, query: { version } },
          signal,
        }),
      ),
  });

/** How two of its versions differ. */
export const hubDiffQuery = (project: string, hub: string, item: string, from: string, to: string) =>
  queryOptions({
    queryKey: [project, 'hubs', hub, 'items', item, 'diff', from, to],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/hubs/{hub}/items/{item}/diff', {
          params: { path: { project, hub, item }, query: { from, to } },
          signal,
        }),
      ),
    enabled: from !== to,
  });

/** Functions that were made of items. */
export const importsQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'functions', 'imports'],
    queryFn: ({ signal }) =>
      all((cursor) =>
        answer(api.GET('/api/v1/projects/{project}/hub-imports', { params: { path: { project }, query: page(cursor) }, signal })),
      ),
  });

/** Makes a function of an item. */
export const importItem = (project: string, hub: string, item: string, body: Schema<'ImportHubItem'>) =>
  answer(api.POST('/api/v1/projects/{project}/hubs/{hub}/items/{item}/import', { params: { path: { project, hub, item } }, body }));

/** Registers a hub. */
export const putHub = (project: string, hub: string, body: Schema<'PutHub'>) =>
  answer(api.PUT('/api/v1/projects/{project}/hubs/{hub}', { params: { path: { project, hub } }, body }));

/** Reads the source of a hub again. */
export const refreshHub = (project: string, hub: string) =>
  answer(api.POST('/api/v1/projects/{project}/hubs/{hub}/refresh', { params: { path: { project, hub } } }));

/** Removes a hub. */
export const deleteHub = (project: string, hub: string) =>
  answer(api.DELETE('/api/v1/projects/{project}/hubs/{hub}', { params: { path: { project, hub } } }));
