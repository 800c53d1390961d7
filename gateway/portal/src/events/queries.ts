import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api } from '../api/client';
import { byCursor } from '../api/paging';
import type { MeshEvent } from '../live/meshEvent';
import { newestEvents } from '../live/newest';

/** As many of the newest events as the screen begins with. */
export const newestMost = 200;

/** The newest events of some types. What comes later is added by the stream. */
export const newestQuery = (project: string, types: string | undefined) =>
  queryOptions({
    queryKey: [project, 'events', 'newest', types ?? ''],
    queryFn: ({ signal }) => newestEvents(project, newestMost, signal, types),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Events after a position, oldest first. */
export const replayQuery = (project: string, types: string | undefined, after: number) =>
  infiniteQueryOptions({
    queryKey: [project, 'events', 'replay', types ?? '', after],
    ...byCursor<MeshEvent>(async (cursor, signal) => {
      const page = (await answer(
        api.GET('/api/v1/events', {
          params: { query: { project, after: String(after), limit: 200, ...(types ? { types } : {}), ...(cursor ? { cursor } : {}) } },
          headers: { Accept: 'application/json' },
          signal,
        }),
      )) as unknown as { items: { position: number; event: Omit<MeshEvent, 'position'> }[]; next?: string | null };
      return { items: page.items.map(({ position, event }) => ({ ...event, position })), next: page.next ?? null };
    }),
    staleTime: Number.POSITIVE_INFINITY,
  });
