import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { projectRoute } from '../shell/routes';
import { readDatasetSearch, readDatasetsSearch } from './search';

/** The data sets of a project. */
export const datasetsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/datasets',
  validateSearch: readDatasetsSearch,
  component: lazyRouteComponent(() => import('./DatasetsScreen'), 'DatasetsScreen'),
});

/** One data set: its columns, rows and versions. */
export const datasetRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/datasets/$key',
  validateSearch: readDatasetSearch,
  component: lazyRouteComponent(() => import('./DatasetScreen'), 'DatasetScreen'),
});
