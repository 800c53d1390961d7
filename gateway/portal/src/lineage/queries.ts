import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '../api/client';
import { all } from '../api/paging';
import { Problem } from '../api/problem';
import { functionsQuery } from '../functions/queries';
import { writeOf } from './address';
import type { Extent } from './search';

/** As many things as one can look at. */
export const mostThings = 300;

/** What is around a thing, by its address; null where nothing is known of it. */
export const lineageQuery = (project: string, uri: string, { direction, depth }: Extent) =>
  queryOptions({
    queryKey: [project, 'lineage', 'of', uri, direction, depth],
    queryFn: ({ signal }) =>
      orNothing(
        answer(
          api.GET('/api/v1/projects/{project}/lineage', {
            params: { path: { project }, query: { uri, direction, depth, limit: mostThings } },
            signal,
          }),
        ),
      ),
  });

/** What would be affected if a thing were withdrawn. */
export const affectedQuery = (project: string, uri: string) =>
  queryOptions({
    queryKey: [project, 'lineage', 'affected', uri],
    queryFn: ({ signal }) =>
      orNothing(answer(api.GET('/api/v1/projects/{project}/lineage/affected', { params: { path: { project }, query: { uri } }, signal }))),
  });

/** Something that lineage can start from. */
export interface Start {
  of: string;
  label: string;
  group: string;
}

const most = 8;

/** Things whose names hold a text, the newest without one. */
export const startsQuery = (project: string, text: string) =>
  queryOptions({
    queryKey: [project, 'lineage', 'starts', text],
    queryFn: async ({ client, signal }): Promise<Start[]> => {
      const path = { project };
      const holds = (name: string) => name.toLowerCase().includes(text.toLowerCase());
      const [artifacts, runs, models, endpoints, functions] = await Promise.all([
        answer(
          api.GET('/api/v1/projects/{project}/artifacts/versions', {
            params: { path, query: { label: [], limit: most * 2, ...(text ? { text } : {}) } },
            signal,
          }),
        ),
        answer(
          api.GET('/api/v1/projects/{project}/runs', {
            params: { path, query: { status: [], tag: [], param: [], orderBy: [], limit: most, ...(text ? { name: `*${text}*` } : {}) } },
            signal,
          }),
        ),
        all((cursor) =>
          answer(
            api.GET('/api/v1/projects/{project}/models', {
              params: { path, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
              signal,
            }),
          ),
        ),
        all((cursor) =>
          answer(
            api.GET('/api/v1/projects/{project}/endpoints', {
              params: { path, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
              signal,
            }),
          ),
        ),
        client.fetchQuery(functionsQuery(project)),
      ]);
      return [
        ...models
          .filter((model) => holds(model.name))
          .slice(0, most)
          .map((model) => ({
            of: writeOf({ kind: 'registered-model', key: model.name, version: String(model.latestVersion) }),
            label: `${model.name}@${model.latestVersion}`,
            group: 'Model versions',
          })),
        ...artifacts.items.slice(0, most * 2).map(({ kind, key, version }) => ({
          of: writeOf({ kind, key, version: String(version) }),
          label: `${key}@${version}`,
          group: 'Data sets and artifacts',
        })),
        ...endpoints
          .filter((endpoint) => holds(endpoint.name))
          .slice(0, most)
          .map(({ name }) => ({ of: writeOf({ kind: 'endpoint', key: name }), label: name, group: 'Endpoints' })),
        ...functions
          .filter((fn) => holds(fn.name))
          .slice(0, most)
          .map(({ name, version }) => ({
            of: writeOf({ kind: 'function', key: name, version: String(version) }),
            label: `${name}@${version}`,
            group: 'Functions',
          })),
        ...runs.items.map((run) => ({
          of: writeOf({ kind: 'run', key: run.id }),
          label: `${run.name} · ${run.experiment}`,
          group: 'Runs',
        })),
      ];
    },
  });

async function orNothing<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}
