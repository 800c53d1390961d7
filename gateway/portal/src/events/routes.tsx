import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { projectRoute } from '../shell/routes';
import { readEventsSearch } from './search';

/** The journal of a project. */
export const eventsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/events',
  validateSearch: readEventsSearch,
  component: lazyRouteComponent(() => import('./EventsScreen'), 'EventsScreen'),
});
