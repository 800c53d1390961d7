import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from '../shell/routes';

/** How the mesh itself is. */
export const systemRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/system',
  component: lazyRouteComponent(() => import('./SystemScreen'), 'SystemScreen'),
});
