import { answer, api } from '../api/client';
import { problemOf } from '../api/problem';
import type { MeshEvent } from './meshEvent';

/** Position of the newest entry of the journal: a stream says it at its beginning. */
export async function lastPosition(project: string, signal: AbortSignal): Promise<number> {
  const over = new AbortController();
  const stop = () => over.abort();
  signal.addEventListener('abort', stop);
  try {
    const response = await fetch(`/api/v1/events?project=${encodeURIComponent(project)}`, {
      headers: { Accept: 'text/event-stream' },
      signal: over.signal,
    });
    if (!response.ok || !response.body) throw problemOf(response.status, await response.json().catch(() => undefined));
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { value, done } = await reader.read();
      text += value ?? '';
      const id = /^id: (\d+)$/m.exec(text)?.[1];
      if (id !== undefined && text.includes('\n\n')) return Number(id);
      if (done) return 0;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    over.abort();
  }
}

/** The newest events of a project, the newest first. The journal is read forwards only, so this looks further and further back until there are enough. */
export async function newestEvents(project: string, most: number, signal: AbortSignal, types?: string): Promise<MeshEvent[]> {
  const last = await lastPosition(project, signal);
  let window = most * 4;
  for (;;) {
    const after = Math.max(0, last - window);
    const found: MeshEvent[] = [];
    let cursor: string | undefined;
    do {
      const page = (await answer(
        api.GET('/api/v1/events', {
          params: { query: { project, after: String(after), limit: 500, ...(types ? { types } : {}), ...(cursor ? { cursor } : {}) } },
          headers: { Accept: 'application/json' },
          signal,
        }),
      )) as unknown as { items: { position: number; event: Omit<MeshEvent, 'position'> }[]; next?: string | null };
      found.push(...page.items.map(({ position, event }) => ({ ...event, position })));
      cursor = page.next ?? undefined;
    } while (cursor);
    if (found.length >= most || after === 0) return found.reverse().slice(0, most);
    window *= 8;
  }
}
