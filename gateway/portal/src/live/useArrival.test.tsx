import { act } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { renderPart } from '../testing/render';
import { LiveProject } from './LiveProject';
import { useArrival } from './useArrival';

let hear: (message: MessageEvent<string>) => void;

class Source {
  addEventListener(type: string, listener: typeof hear) {
    if (type === 'run.created') hear = listener;
  }
  close() {}
}

const say = (subject: string) =>
  act(() =>
    hear({ lastEventId: '1', data: JSON.stringify({ type: 'run.created', subject, project: 'demo', time: '' }) } as MessageEvent<string>),
  );

let arrived: ReturnType<typeof useArrival>;

function Part() {
  arrived = useArrival('run.created');
  return null;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', Source);
  renderPart(
    <LiveProject project="demo">
      <Part />
    </LiveProject>,
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const isOver = async (wait: Promise<void>) => {
  let over = false;
  void wait.then(() => {
    over = true;
  });
  await vi.advanceTimersByTimeAsync(1);
  return over;
};

it('waits for the event of its subject', async () => {
  const wait = arrived('r1', 1000);
  say('r2');
  expect(await isOver(wait)).toBe(false);
  say('r1');
  expect(await isOver(wait)).toBe(true);
});

it('does not wait for what has come already', async () => {
  say('r1');
  expect(await isOver(arrived('r1', 1000))).toBe(true);
});

it('waits no longer than it is told to', async () => {
  const wait = arrived('r1', 1000);
  expect(await isOver(wait)).toBe(false);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await isOver(wait)).toBe(true);
});
