import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../api/client';
import { all } from '../api/paging';
import { problemOf, unreachable } from '../api/problem';

export type BusError = Schema<'BusError'>;

/** What the mesh says of itself: all in all, and check by check. */
export interface Health {
  status: string;
  checks: Record<string, string>;
}

/** How well the mesh is. It answers in the same form when it is not. */
export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: async ({ signal }): Promise<Health> => {
    const response = await fetch('/health/ready', { headers: { Accept: 'application/json' }, signal }).catch((error: unknown) => {
      if (error instanceof DOMException) throw error;
      throw unreachable();
    });
    const body: unknown = await response.json().catch(() => null);
    if (typeof body !== 'object' || body === null || !('status' in body) || !('checks' in body)) throw problemOf(response.status, body);
    return body as Health;
  },
  staleTime: 0,
});

/** The services that are on the bus. */
export const busQuery = queryOptions({
  queryKey: ['bus'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/bus', { signal })),
});

/** Events that a service could not handle. */
export const busErrorsQuery = (service: string) =>
  queryOptions({
    queryKey: ['bus', 'errors', service],
    queryFn: ({ signal }) =>
      all((cursor) =>
        answer(
          api.GET('/api/v1/bus/{service}/errors', {
            params: { path: { service }, query: { limit: 100, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      ),
  });

/** Hands an event to its service again. */
export const replayError = ({ service, id }: BusError) =>
  answer(api.POST('/api/v1/bus/{service}/errors/{id}/replay', { params: { path: { service, id } } }));

/** Forgets that an event was not handled. */
export const dropError = ({ service, id }: BusError) =>
  answer(api.DELETE('/api/v1/bus/{service}/errors/{id}', { params: { path: { service, id } } }));
