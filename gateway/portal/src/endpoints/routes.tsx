import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { projectRoute } from '../shell/routes';
import { readEndpointSearch } from './search';

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
  validateSearch: readEndpointSearch,
  component: lazyRouteComponent(() => import('./EndpointScreen'), 'EndpointScreen'),
});
