import type { QueryClient, QueryKey } from '@tanstack/react-query';

/**
 * Has queries read again as a stream says that they changed: at once, and again when that is over and a while has passed, whatever number of words came meanwhile.
 * A reading that began before a word is begun anew, so that what is shown last is never from before it.
 */
export class Rereader {
  private readonly waiting = new Map<string, QueryKey>();
  private busy = false;
  private stopped = false;

  constructor(
    private readonly queries: QueryClient,
    private readonly pause: number,
  ) {}

  stale(keys: readonly QueryKey[]): void {
    for (const key of keys) this.waiting.set(JSON.stringify(key), key);
    if (!this.busy) void this.read();
  }

  stop(): void {
    this.stopped = true;
  }

  private async read(): Promise<void> {
    this.busy = true;
    while (this.waiting.size > 0 && !this.stopped) {
      const keys = [...this.waiting.values()];
      this.waiting.clear();
      await Promise.all(keys.map((queryKey) => this.queries.invalidateQueries({ queryKey })));
      await new Promise((over) => setTimeout(over, this.pause));
    }
    this.busy = false;
  }
}
