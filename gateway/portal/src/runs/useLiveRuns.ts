import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useEvents, useLiveState } from '../live/LiveProject';
import { findRuns, readRuns, runsQuery } from './queries';
import { type Rows, type Run, withChanged, withNewest, without } from './rows';
import type { RunsQuestion } from './search';

const noticedFor = 2000;
const every = 700;
const mostStreams = 2;
const ended = new Set(['completed', 'failed', 'aborted']);

/**
 * Keeps the rows of the table as they are: events of runs bring what is new to the top and change rows in sight, the live tables of experiments at work bring their
 * metrics. Gives the ids of rows that have just changed.
 */
export function useLiveRuns(project: string, question: RunsQuestion, working: readonly number[]): ReadonlySet<string> {
  const queries = useQueryClient();
  const { queryKey } = runsQuery(project, question);
  const hash = JSON.stringify(queryKey);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const pending = useRef(new Set<string>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const fading = useRef<ReturnType<typeof setTimeout>>(undefined);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the hash stands for the key.
  const patch = useCallback(
    (change: (rows: Rows) => Rows) => queries.setQueryData<Rows>(queryKey, (rows) => rows && change(rows)),
    [queries, hash],
  );

  const notice = useCallback((ids: Iterable<string>) => {
    setFresh(new Set(ids));
    clearTimeout(fading.current);
    fading.current = setTimeout(() => setFresh(new Set()), noticedFor);
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the hash stands for question and project.
  const look = useCallback(
    async (noticed = true) => {
      timer.current = undefined;
      const ids = [...pending.current];
      pending.current.clear();
      const rows = queries.getQueryData<Rows>(queryKey);
      if (!rows) return;
      const shown = new Set(rows.pages.flatMap((page) => page.items.map((run) => run.id)));
      const known = ids.filter((id) => shown.has(id)).slice(0, 100);
      try {
        const [first, changed] = await Promise.all([
          findRuns(project, question, 100, undefined),
          known.length > 0 ? readRuns(project, known) : Promise.resolve<Run[]>([]),
        ]);
        patch((now) => withNewest(withChanged(now, new Map(changed.map((run) => [run.id, run]))), first));
        if (noticed) notice(ids);
      } catch {
        // The next event brings another look; an outage shows in the mark of the stream.
      }
    },
    [queries, hash, patch, notice],
  );

  // Coming back to the table, or to the stream after it was lost: what is at work may have ended meanwhile.
  const live = useLiveState();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `look` stands for the question.
  useEffect(() => {
    const rows = queries.getQueryData<Rows>(queryKey);
    if (live !== 'live' || !rows) return;
    for (const run of rows.pages.flatMap((page) => page.items)) if (!ended.has(run.status)) pending.current.add(run.id);
    timer.current ??= setTimeout(() => void look(false), every);
  }, [live, look]);

  useEvents('run.*', (event) => {
    if (event.type === 'run.deleted' || event.type === 'run.purged') {
      patch((rows) => without(rows, new Set([event.subject])));
      return;
    }
    pending.current.add(event.subject);
    timer.current ??= setTimeout(() => void look(), every);
  });

  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
      clearTimeout(fading.current);
    },
    [],
  );

  const streams = working.slice(0, mostStreams).join();
  useEffect(() => {
    if (streams === '') return;
    const sources = streams.split(',').map((experiment) => {
      const source = new EventSource(`/api/v1/projects/${encodeURIComponent(project)}/experiments/${experiment}/stream`);
      source.addEventListener('runs', (message: MessageEvent<string>) => {
        const { changed } = JSON.parse(message.data) as { changed: Run[] };
        patch((rows) => withChanged(rows, new Map(changed.map((run) => [run.id, run]))));
      });
      source.addEventListener('end', () => source.close());
      return source;
    });
    return () => {
      for (const source of sources) source.close();
    };
  }, [streams, project, patch]);

  return fresh;
}

/** Numbers of the experiments that runs in sight are at work in, the most of them first. */
export function workingExperiments(runs: readonly Run[]): number[] {
  const counts = new Map<number, number>();
  for (const run of runs)
    if (run.status === 'running' && run.experimentId !== undefined) counts.set(run.experimentId, (counts.get(run.experimentId) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([experiment]) => experiment);
}
