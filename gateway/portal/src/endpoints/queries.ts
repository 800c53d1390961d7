import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../api/client';
import { all, byCursor } from '../api/paging';
import { Problem } from '../api/problem';
import { type Span, spans } from './search';

export type Endpoint = Schema<'EndpointInfo'>;
export type Monitor = Schema<'MonitorInfo'>;
export type Window = Schema<'DriftWindow'>;

/** Endpoints by name. */
export const endpointListQuery = (project: string) =>
  infiniteQueryOptions({
    queryKey: [project, 'endpoints', 'list'],
    ...byCursor<Endpoint>((cursor, signal) =>
      answer(
        api.GET('/api/v1/projects/{project}/endpoints', {
          params: { path: { project }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    ),
  });

/** All endpoints. */
export const endpointsQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'endpoints', 'all'],
    queryFn: ({ signal }) =>
      all((cursor) =>
        answer(
          api.GET('/api/v1/projects/{project}/endpoints', {
            params: { path: { project }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      ),
  });

/** What watches the endpoints, by their names. */
export const monitorsQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'monitors', 'all'],
    queryFn: async ({ signal }) => {
      const monitors = await all((cursor) =>
        answer(
          api.GET('/api/v1/projects/{project}/monitors', {
            params: { path: { project }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      );
      return new Map<string, Schema<'MonitorInfo'>>(monitors.map((monitor) => [monitor.endpoint, monitor]));
    },
  });

/** One endpoint. */
export const endpointQuery = (project: string, endpoint: string) =>
  queryOptions({
    queryKey: [project, 'endpoints', 'one', endpoint],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/projects/{project}/endpoints/{endpoint}', { params: { path: { project, endpoint } }, signal })),
  });

/** What watches an endpoint; null while it has seen no prediction. */
export const monitorQuery = (project: string, endpoint: string) =>
  queryOptions({
    queryKey: [project, 'monitors', 'one', endpoint],
    queryFn: async ({ signal }) => {
      try {
        return await answer(api.GET('/api/v1/projects/{project}/monitors/{endpoint}', { params: { path: { project, endpoint } }, signal }));
      } catch (error) {
        if (error instanceof Problem && error.isNotFound) return null;
        throw error;
      }
    },
  });

/** Windows of time in which predictions were compared with the training, newest first. */
export const windowsQuery = (project: string, endpoint: string) =>
  queryOptions({
    queryKey: [project, 'monitors', 'windows', endpoint],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/monitors/{endpoint}/windows', {
          params: { path: { project, endpoint }, query: { limit: 50 } },
          signal,
        }),
      ),
  });

/** How the predictions of a window are distributed beside the training of the version that it was of. */
export const distributionsQuery = (project: string, endpoint: string, { from, to, modelVersion }: Window) =>
  queryOptions({
    queryKey: [project, 'monitors', 'distributions', endpoint, modelVersion, from, to],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/monitors/{endpoint}/distributions', {
          params: { path: { project, endpoint }, query: { from, to, modelVersion } },
          signal,
        }),
      ),
  });

/** What an endpoint was asked, up to now. */
export const trafficQuery = (project: string, endpoint: string, span: Span) =>
  queryOptions({
    queryKey: [project, 'monitors', 'traffic', endpoint, span],
    queryFn: ({ signal }) => {
      const { hours, points } = spans[span];
      const from = new Date(Date.now() - hours * 3_600_000).toISOString();
      return answer(
        api.GET('/api/v1/projects/{project}/monitors/{endpoint}/traffic', {
          params: { path: { project, endpoint }, query: { from, points } },
          signal,
        }),
      );
    },
  });

/** Sets what counts as drift. */
export const configureMonitor = (project: string, endpoint: string, body: Schema<'ConfigureMonitor'>) =>
  answer(api.PUT('/api/v1/projects/{project}/monitors/{endpoint}', { params: { path: { project, endpoint } }, body }));

/** Deploys an endpoint, or points one to another model or alias. */
export const deployEndpoint = (project: string, endpoint: string, body: Schema<'DeployEndpoint'>) =>
  answer(api.PUT('/api/v1/projects/{project}/endpoints/{endpoint}', { params: { path: { project, endpoint } }, body }));

/** Takes an endpoint away. */
export const deleteEndpoint = (project: string, endpoint: string) =>
  answer(api.DELETE('/api/v1/projects/{project}/endpoints/{endpoint}', { params: { path: { project, endpoint } } }));
