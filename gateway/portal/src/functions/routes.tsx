import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { projectRoute } from '../shell/routes';
import { readFunctionSearch } from './search';

/** The functions of a project. */
export const functionsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/functions',
  component: lazyRouteComponent(() => import('./FunctionsScreen'), 'FunctionsScreen'),
});

/** A function: its code, versions and jobs. */
export const functionRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/functions/$function',
  validateSearch: readFunctionSearch,
  component: lazyRouteComponent(() => import('./FunctionScreen'), 'FunctionScreen'),
});
