import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../api/client';
import { all, byCursor } from '../api/paging';
import { Problem } from '../api/problem';

export type Endpoint = Schema<'EndpointInfo'>;
export type Monitor = Schema<'MonitorInfo'>;

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

/** Takes an endpoint away. */
export const deleteEndpoint = (project: string, endpoint: string) =>
  answer(api.DELETE('/api/v1/projects/{project}/endpoints/{endpoint}', { params: { path: { project, endpoint } } }));
