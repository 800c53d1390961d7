import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { projectRoute } from '../shell/routes';
import { readJobsSearch } from './search';

/** The jobs of a project. */
export const jobsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/jobs',
  validateSearch: readJobsSearch,
  component: lazyRouteComponent(() => import('./JobsScreen'), 'JobsScreen'),
});
