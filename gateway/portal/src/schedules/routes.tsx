import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { projectRoute } from '../shell/routes';
import { readSchedulesSearch } from './search';

/** The schedules of a project. */
export const schedulesRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/schedules',
  validateSearch: readSchedulesSearch,
  component: lazyRouteComponent(() => import('./SchedulesScreen'), 'SchedulesScreen'),
});
