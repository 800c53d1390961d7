import { useQuery } from '@tanstack/react-query';
import { act, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { renderPart } from '../testing/render';
import { useChanges } from './useChanges';

class Source {
  static all: Source[] = [];
  onerror: (() => void) | null = null;
  readyState = 1;
  closed = false;
  private readonly heard = new Map<string, () => void>();
  constructor(readonly url: string) {
    Source.all.push(this);
  }
  addEventListener(type: string, listener: () => void) {
    this.heard.set(type, listener);
  }
  close() {
    this.closed = true;
  }
  say(type: string) {
    act(() => this.heard.get(type)?.());
  }
}

const newest = () => Source.all.at(-1) as Source;
const look = (state: DocumentVisibilityState) => {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state);
  document.dispatchEvent(new Event('visibilitychange'));
};

let requests = 0;

function Part({ address }: { address: string | null }) {
  const traffic = useQuery({ queryKey: ['demo', 'traffic'], queryFn: () => ++requests, staleTime: Number.POSITIVE_INFINITY });
  useQuery({ queryKey: ['demo', 'windows'], queryFn: () => 'windows', staleTime: Number.POSITIVE_INFINITY });
  useChanges(address, { traffic: [['demo', 'traffic']], monitor: [['demo', 'windows']] });
  return <p>{traffic.data} requests</p>;
}

beforeEach(() => {
  requests = 0;
  Source.all = [];
  vi.stubGlobal('EventSource', Source);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('reads again what a word is about, and shows it', async () => {
  const part = renderPart(<Part address="/api/v1/stream" />);
  await part.findByText('1 requests');
  expect(newest().url).toBe('/api/v1/stream');
  newest().say('monitor');
  newest().say('other');
  expect(requests).toBe(1);
  part.unmount();
  expect(newest().closed).toBe(true);
});

it('reads at once, then all that came meanwhile once', async () => {
  const part = renderPart(<Part address="/api/v1/stream" />);
  await part.findByText('1 requests');
  for (let i = 0; i < 50; i++) newest().say('traffic');
  await part.findByText('2 requests');
  await part.findByText('3 requests', {}, { timeout: 5000 });
  await waitFor(() => expect(requests).toBe(3));
});

it('lets go of its connection while nobody looks, and begins anew', async () => {
  const part = renderPart(<Part address="/api/v1/stream" />);
  await part.findByText('1 requests');
  look('hidden');
  expect(newest().closed).toBe(true);
  expect(Source.all.length).toBe(1);
  look('visible');
  expect(Source.all.length).toBe(2);
  newest().say('traffic');
  await part.findByText('2 requests');
});

it('comes again where it was refused, and follows nothing without an address', async () => {
  vi.useFakeTimers();
  const part = renderPart(<Part address={null} />);
  expect(Source.all.length).toBe(0);
  part.unmount();
  renderPart(<Part address="/api/v1/stream" />);
  newest().onerror?.();
  vi.advanceTimersByTime(5000);
  expect(Source.all.length).toBe(1);
  newest().readyState = 2;
  newest().onerror?.();
  vi.advanceTimersByTime(5000);
  expect(Source.all.length).toBe(2);
});
