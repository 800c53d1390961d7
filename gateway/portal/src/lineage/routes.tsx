import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { projectRoute } from '../shell/routes';
import { readLineageSearch } from './search';

/** Where things came from and what they led to. */
export const lineageRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/lineage',
  validateSearch: readLineageSearch,
  component: lazyRouteComponent(() => import('./LineageScreen'), 'LineageScreen'),
});
