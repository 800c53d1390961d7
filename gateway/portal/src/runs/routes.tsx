import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { projectRoute } from '../shell/routes';
import { experimentsQuery, runsQuery } from './queries';
import { questionOf, readRunsSearch } from './search';

/** The table of runs. */
export const runsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/runs',
  validateSearch: readRunsSearch,
  // The first rows come while the screen does.
  loader: ({ context: { queryClient }, params: { project }, location }) => {
    void queryClient.prefetchInfiniteQuery(runsQuery(project, questionOf(readRunsSearch(location.search))));
    void queryClient.prefetchQuery(experimentsQuery(project));
  },
  component: lazyRouteComponent(() => import('./RunsScreen'), 'RunsScreen'),
});
