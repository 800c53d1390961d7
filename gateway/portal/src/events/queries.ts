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

/** The event at a position, if it fits. */
export const eventQuery = (project: string, position: number | undefined) =>
  queryOptions({
    queryKey: [project, 'events', 'one', position ?? 0],
    queryFn: async ({ signal }) => {
      const { items } = await readEvents(project, (position ?? 1) - 1, { limit: 1 }, signal);
      return items[0]?.position === position ? (items[0] ?? null) : null;
    },
    enabled: position !== undefined && position > 0,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Events after a position, oldest first. */
export const replayQuery = (project: string, types: string | undefined, after: number) =>
  infiniteQueryOptions({
    queryKey: [project, 'events', 'replay', types ?? '', after],
    ...byCursor<MeshEvent>((cursor, signal) =>
      readEvents(project, after, { limit: 200, ...(types ? { types } : {}), ...(cursor ? { cursor } : {}) }, signal),
    ),
    staleTime: Number.POSITIVE_INFINITY,
  });

async function readEvents(
  project: string,
  after: number,
  query: { limit: number; types?: string; cursor?: string },
  signal: AbortSignal,
): Promise<{ items: MeshEvent[]; next: string | null }> {
  const page = (await answer(
    api.GET('/api/v1/events', {
      params: { query: { project, after: String(after), ...query } },
      headers: { Accept: 'application/json' },
      signal,
    }),
  )) as unknown as { items: { position: number; event: Omit<MeshEvent, 'position'> }[]; next?: string | null };
  return { items: page.items.map(({ position, event }) => ({ ...event, position })), next: page.next ?? null };
}
