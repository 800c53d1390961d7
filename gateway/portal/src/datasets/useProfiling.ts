import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { type Dataset, datasetQuery } from './queries';

const mostAwaited = 4;

/**
 * Reads the list again when a profile is there that is being made: no event tells, but whoever asks for a version is answered once its profile is made, or after a
 * while.
 */
export function useProfiling(project: string, datasets: readonly Dataset[]): void {
  const queries = useQueryClient();
  const awaited = datasets.filter(({ state }) => state === 'profiling').slice(0, mostAwaited);
  const made = useQueries({
    queries: awaited.map(({ key, latest }) => datasetQuery(project, key, latest.version)),
    combine: (results) => results.filter(({ data }) => data && data.state !== 'profiling').length,
  });
  useEffect(() => {
    if (made > 0) void queries.invalidateQueries({ queryKey: [project, 'datasets', 'list'] });
  }, [made, queries, project]);
}
