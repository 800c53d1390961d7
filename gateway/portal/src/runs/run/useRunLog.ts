import { useCallback, useEffect, useRef, useState } from 'react';
import { answer, api } from '../../api/client';
import { asProblem, type Problem } from '../../api/problem';
import { failed } from '../../shell/notices';
import { emptyWindow, extended, type LogWindow, preceded } from './logWindow';

const chunk = 256 * 1024;

interface RunLog {
  window: LogWindow;
  loading: boolean;
  problem: Problem | null;
  /** Reads what comes before the window. */
  loadEarlier: () => Promise<void>;
}

/** The end of the log of a run, followed while it grows; or a part of it from a place on. */
export function useRunLog(project: string, run: string, place: number | null): RunLog {
  const [window, setWindow] = useState<LogWindow>(emptyWindow);
  const [loading, setLoading] = useState(true);
  const [problem, setProblem] = useState<Problem | null>(null);
  const from = useRef(0);
  from.current = window.from;

  useEffect(() => {
    const stop = new AbortController();
    let source: EventSource | undefined;
    const begin = async () => {
      if (place !== null) {
        // A place that was asked for stays in sight: what is behind it is read no further than a chunk, and not followed.
        const { text, nextOffset } = await read(project, run, place, chunk, stop.signal);
        setWindow(extended({ from: place, to: place, lines: [], open: false }, text, nextOffset));
        setLoading(false);
        return;
      }

      const length = (await read(project, run, Number.MAX_SAFE_INTEGER, 4, stop.signal)).nextOffset;
      const start = Math.max(0, length - chunk);
      setWindow({ from: start, to: start, lines: [], open: false });
      setLoading(false);
      source = new EventSource(`/api/v1/projects/${encodeURIComponent(project)}/runs/${run}/logs?follow=true&offset=${start}`);
      source.addEventListener('log', (event) => {
        const { text, nextOffset } = JSON.parse(event.data) as { text: string; nextOffset: number };
        setWindow((before) => (nextOffset <= before.to ? before : extended(before, text, nextOffset)));
      });
      source.addEventListener('end', () => source?.close());
    };
    setLoading(true);
    setProblem(null);
    begin().catch((error) => {
      if (stop.signal.aborted) return;
      setProblem(asProblem(error));
      setLoading(false);
    });
    return () => {
      stop.abort();
      source?.close();
    };
  }, [project, run, place]);

  const loadEarlier = useCallback(async () => {
    const end = from.current;
    const start = Math.max(0, end - chunk);
    try {
      const { text, offset } = await read(project, run, start, end - start);
      setWindow((before) => (before.from === end ? preceded(before, text, offset) : before));
    } catch (error) {
      failed('What comes before could not be read', error);
    }
  }, [project, run]);

  return { window, loading, problem, loadEarlier };
}

const read = (project: string, run: string, offset: number, limit: number, signal?: AbortSignal) =>
  answer(
    api.GET('/api/v1/projects/{project}/runs/{run}/logs', {
      params: { path: { project, run }, query: { offset: String(offset), limit: String(limit) } },
      ...(signal ? { signal } : {}),
    }),
  ) as unknown as Promise<{ offset: number; nextOffset: number; text: string }>;
