import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { projectRoute } from '../shell/routes';

/** The endpoints of a project. */
export const endpointsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/endpoints',
  component: lazyRouteComponent(() => import('./EndpointsScreen'), 'EndpointsScreen'),
});

/** One endpoint. */
export const endpointRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/endpoints/$endpoint',
  component: lazyRouteComponent(() => import('./EndpointScreen'), 'EndpointScreen'),
});
