import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { projectRoute } from '../shell/routes';
import { readCompareSearch } from './compareSearch';
import { readModelSearch } from './modelSearch';
import { readVersionSearch } from './versionSearch';

/** The registered models. */
export const modelsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/models',
  component: lazyRouteComponent(() => import('./ModelsScreen'), 'ModelsScreen'),
});

/** One model with its versions. */
export const modelRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/models/$model',
  validateSearch: readModelSearch,
  component: lazyRouteComponent(() => import('./ModelScreen'), 'ModelScreen'),
});

/** Versions of a model side by side. */
export const compareVersionsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/models/$model/compare',
  validateSearch: readCompareSearch,
  component: lazyRouteComponent(() => import('./CompareVersionsScreen'), 'CompareVersionsScreen'),
});

/** One version of a model. */
export const versionRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/models/$model/$version',
  validateSearch: readVersionSearch,
  component: lazyRouteComponent(() => import('./VersionScreen'), 'VersionScreen'),
});
