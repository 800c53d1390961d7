import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { projectRoute } from '../shell/routes';
import { readHubSearch, readItemSearch } from './search';

/** What can be run without writing it: Mesh's own items and those of the project's hubs. */
export const hubRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/hub',
  validateSearch: readHubSearch,
  component: lazyRouteComponent(() => import('./HubScreen'), 'HubScreen'),
});

/** An item of a hub. */
export const hubItemRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/hub/item',
  validateSearch: readItemSearch,
  component: lazyRouteComponent(() => import('./ItemScreen'), 'ItemScreen'),
});
