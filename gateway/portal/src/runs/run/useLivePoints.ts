import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Rereader } from '../../live/rereader';

const pause = 2000;

/** Hears the new points of a run that is at work, and has its charts and latest values read again: at once, then at most every two seconds. */
export function useLivePoints(project: string, run: string, isAtWork: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!isAtWork) return;
    const rereader = new Rereader(queries, pause);
    const source = new EventSource(`/api/v1/projects/${encodeURIComponent(project)}/runs/${run}/metrics/stream`);
    const heard = () =>
      rereader.stale([
        [project, 'runs', 'one', run, 'charts'],
        [project, 'runs', 'one', run, 'as-of', 'now'],
      ]);
    // What came between the reading of the run and the first word of its stream.
    source.addEventListener('open', heard);
    source.addEventListener('points', heard);
    source.addEventListener('end', () => source.close());
    return () => {
      source.close();
      rereader.stop();
    };
  }, [queries, project, run, isAtWork]);
}
