import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

const pause = 2000;

/** Hears the new points of a run that is at work, and has its charts and latest values read again: at once, then at most every two seconds. */
export function useLivePoints(project: string, run: string, isAtWork: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!isAtWork) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let again = false;
    const refresh = () => {
      void queries.invalidateQueries({ queryKey: [project, 'runs', 'one', run, 'charts'] });
      void queries.invalidateQueries({ queryKey: [project, 'runs', 'one', run, 'as-of', 'now'] });
      timer = setTimeout(() => {
        timer = undefined;
        if (!again) return;
        again = false;
        refresh();
      }, pause);
    };
    const source = new EventSource(`/api/v1/projects/${encodeURIComponent(project)}/runs/${run}/metrics/stream`);
    const heard = () => {
      if (timer === undefined) refresh();
      else again = true;
    };
    // What came between the reading of the run and the first word of its stream.
    source.addEventListener('open', heard);
    source.addEventListener('points', heard);
    source.addEventListener('end', () => source.close());
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, [queries, project, run, isAtWork]);
}
