import { QueryClient } from '@tanstack/react-query';
import { asProblem } from './problem';

/** One cache for all screens. What is read stays fresh until an event says otherwise. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: false,
      // What is being made tells when it is there.
      retry: (failures, error) => asProblem(error).isOutage && asProblem(error).code !== 'dataset.profiling' && failures < 3,
    },
    mutations: { retry: false },
  },
});
