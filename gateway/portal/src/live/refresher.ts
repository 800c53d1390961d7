import type { QueryClient, QueryKey } from '@tanstack/react-query';
import type { MeshEvent } from './meshEvent';
import { staleBy } from './rules';

/** Makes queries stale as events come: at once after silence, then at most once in the given time, whatever number of events comes. */
export class Refresher {
  private readonly waiting = new Map<string, QueryKey>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private flushedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly queries: QueryClient,
    private readonly every = 500,
  ) {}

  take(event: MeshEvent): void {
    for (const key of staleBy(event)) this.waiting.set(JSON.stringify(key), key);
    if (this.waiting.size === 0 || this.timer !== undefined) return;
    // A short delay even after silence: what happens together is told together, and read models follow their events.
    this.timer = setTimeout(this.flush, Math.max(150, this.flushedAt + this.every - Date.now()));
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting.clear();
  }

  private readonly flush = () => {
    this.timer = undefined;
    this.flushedAt = Date.now();
    const keys = [...this.waiting.values()];
    this.waiting.clear();
    for (const queryKey of keys) void this.queries.invalidateQueries({ queryKey }, { cancelRefetch: false });
  };
}
