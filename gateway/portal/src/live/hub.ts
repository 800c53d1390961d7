import { eventTypes, fits } from './eventTypes';
import type { MeshEvent } from './meshEvent';

type Listener = (event: MeshEvent) => void;

/** How the stream of a project stands. */
export type LiveState = 'connecting' | 'live' | 'lost';

/** What the hub needs of an EventSource. */
export type OpenSource = (url: string) => EventSource;

/**
 * The events of one project, as they happen, for whoever listens. One connection; the browser comes back by itself where it was. A tab that is not looked at lets go of
 * its connection after a while (browsers give a few to each origin, all tabs together) and catches up when it is looked at again.
 */
export class EventHub {
  private source: EventSource | undefined;
  private readonly listeners = new Map<Listener, string>();
  private readonly watchers = new Set<() => void>();
  private last: string | undefined;
  private hideTimer: ReturnType<typeof setTimeout> | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private current: LiveState = 'connecting';

  constructor(
    readonly project: string,
    /** Called when the stream stands but may not have what happened before: what was read until then may be stale. */
    private readonly onGap: () => void = () => {},
    private readonly open: OpenSource = (url) => new EventSource(url),
  ) {}

  get state(): LiveState {
    return this.current;
  }

  start(): void {
    document.addEventListener('visibilitychange', this.onVisibility);
    this.connect();
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.onVisibility);
    this.disconnect();
  }

  /** Hears events whose type fits a pattern, until the returned function is called. */
  on(pattern: string, listener: Listener): () => void {
    this.listeners.set(listener, pattern);
    return () => this.listeners.delete(listener);
  }

  /** Hears changes of the state of the connection. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  private readonly onVisibility = () => {
    clearTimeout(this.hideTimer);
    if (document.visibilityState === 'visible') this.connect();
    else this.hideTimer = setTimeout(() => this.disconnect(), 60_000);
  };

  private connect(): void {
    if (this.source) return;
    const from = this.last === undefined ? '' : `&after=${this.last}`;
    const source = this.open(`/api/v1/events?project=${encodeURIComponent(this.project)}${from}`);
    this.source = source;
    source.onopen = () => {
      if (this.last === undefined) this.onGap();
      this.become('live');
    };
    source.onerror = () => {
      this.become('lost');
      // Closed for good, by an answer that is not a stream: the mesh may be restarting.
      if (source.readyState === 2) {
        this.disconnect();
        this.retryTimer = setTimeout(() => this.connect(), 5000);
      }
    };
    for (const type of eventTypes) source.addEventListener(type, this.onMessage);
  }

  private disconnect(): void {
    clearTimeout(this.hideTimer);
    clearTimeout(this.retryTimer);
    this.source?.close();
    this.source = undefined;
  }

  private readonly onMessage = (message: MessageEvent<string>) => {
    this.last = message.lastEventId;
    const event: MeshEvent = { position: Number(message.lastEventId), ...JSON.parse(message.data) };
    for (const [listener, pattern] of this.listeners) if (fits(pattern, event.type)) listener(event);
  };

  private become(state: LiveState): void {
    if (state === this.current) return;
    this.current = state;
    for (const watcher of this.watchers) watcher();
  }
}
