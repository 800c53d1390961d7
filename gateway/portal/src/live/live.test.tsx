import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventTypes, fits } from './eventTypes';
import { EventHub } from './hub';
import type { MeshEvent } from './meshEvent';
import { Refresher } from './refresher';
import { staleBy } from './rules';

const event = (type: string, subject = 'x'): MeshEvent => ({
  position: 1,
  id: 'i',
  source: '/mesh',
  type,
  subject,
  time: '',
  project: 'demo',
  data: {},
});

it('matches types by pattern', () => {
  expect(fits('run.*', 'run.created')).toBe(true);
  expect(fits('run.*', 'runner.created')).toBe(false);
  expect(fits('*', 'drift.detected')).toBe(true);
  expect(fits('model.promoted', 'model.created')).toBe(false);
});

it('has a rule for every type of event but those that no screen shows', () => {
  const without = eventTypes.filter((type) => staleBy(event(type)).length === 0);
  expect(without).toEqual(['lineage.rebuild-started', 'token.revoked']);
});

it('makes stale the run that an event is about, and the lists', () => {
  expect(staleBy(event('run.failed', 'r1'))).toEqual([
    ['demo', 'runs', 'lists'],
    ['demo', 'runs', 'one', 'r1'],
    ['demo', 'experiments'],
  ]);
});

describe('the refresher', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('tells a burst of events once for each key, and at most every half second', () => {
    const queries = new QueryClient();
    const stale = vi.spyOn(queries, 'invalidateQueries').mockResolvedValue();
    const refresher = new Refresher(queries, 500);
    for (let i = 0; i < 1000; i++) refresher.take(event('job.started', String(i)));
    vi.advanceTimersByTime(150);
    expect(stale).toHaveBeenCalledTimes(1);
    refresher.take(event('job.succeeded'));
    vi.advanceTimersByTime(400);
    expect(stale).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(100);
    expect(stale).toHaveBeenCalledTimes(2);
    refresher.stop();
  });
});

class Source {
  static all: Source[] = [];
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readyState = 0;
  closed = false;
  readonly heard = new Map<string, (message: MessageEvent<string>) => void>();
  constructor(readonly url: string) {
    Source.all.push(this);
  }
  addEventListener(type: string, listener: (message: MessageEvent<string>) => void) {
    this.heard.set(type, listener);
  }
  close() {
    this.closed = true;
  }
  say(type: string, position: number) {
    this.heard.get(type)?.({
      lastEventId: String(position),
      data: JSON.stringify({ type, subject: 's', project: 'demo' }),
    } as MessageEvent<string>);
  }
}

describe('the hub', () => {
  beforeEach(() => {
    Source.all = [];
    vi.useFakeTimers();
  });
  afterEach(() => void vi.useRealTimers());

  const hubOf = (onGap = () => {}) => new EventHub('demo', onGap, (url) => new Source(url) as unknown as EventSource);

  it('tells those who listen to the pattern, until they leave', () => {
    const hub = hubOf();
    hub.start();
    const heard: string[] = [];
    const off = hub.on('run.*', (one) => heard.push(`${one.position} ${one.type}`));
    Source.all[0]?.say('run.created', 7);
    Source.all[0]?.say('model.created', 8);
    off();
    Source.all[0]?.say('run.failed', 9);
    expect(heard).toEqual(['7 run.created']);
    hub.stop();
    expect(Source.all[0]?.closed).toBe(true);
  });

  it('comes back where it was when the stream was closed for good', () => {
    const gaps = vi.fn();
    const hub = hubOf(gaps);
    hub.start();
    const first = Source.all[0] as Source;
    first.onopen?.();
    expect(gaps).toHaveBeenCalledTimes(1);
    expect(hub.state).toBe('live');
    first.say('run.created', 41);
    first.readyState = 2;
    first.onerror?.();
    expect(hub.state).toBe('lost');
    vi.advanceTimersByTime(5000);
    expect(Source.all[1]?.url).toBe('/api/v1/events?project=demo&after=41');
    Source.all[1]?.onopen?.();
    expect(gaps).toHaveBeenCalledTimes(1);
    hub.stop();
  });
});
