import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { projectRoute } from '../../shell/routes';
import { readRunSearch } from './search';

/** One run. */
export const runRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/runs/$run',
  validateSearch: readRunSearch,
  component: lazyRouteComponent(() => import('./RunScreen'), 'RunScreen'),
});
