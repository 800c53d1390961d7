import type { MeshEvent } from '../live/meshEvent';

/** An entry of the activity: an event, and how many more of its type came right before it. */
export interface Gathered {
  event: MeshEvent;
  more: number;
}

const from = 3;

/** Runs that completed one after the other, and artifacts that were logged so, as one entry each: a sweep is one piece of news. Others stand by themselves. */
export function gathered(events: readonly MeshEvent[]): Gathered[] {
  const entries: Gathered[] = [];
  for (let i = 0; i < events.length; ) {
    const event = events[i] as MeshEvent;
    let end = i + 1;
    if (event.type === 'run.completed' || event.type === 'artifact.logged') while (events[end]?.type === event.type) end++;
    if (end - i >= from) entries.push({ event, more: end - i - 1 });
    else for (const one of events.slice(i, end)) entries.push({ event: one, more: 0 });
    i = end;
  }
  return entries;
}
