import { createRouter } from '@tanstack/react-router';
import { alertsRoute } from './alerts/routes';
import { queryClient } from './api/queryClient';
import { artifactRoute, artifactsRoute } from './artifacts/routes';
import { datasetRoute, datasetsRoute } from './datasets/routes';
import { endpointRoute, endpointsRoute } from './endpoints/routes';
import { eventsRoute } from './events/routes';
import { functionRoute, functionsRoute } from './functions/routes';
import { hubItemRoute, hubRoute } from './hub/routes';
import { jobsRoute } from './jobs/routes';
import { lineageRoute } from './lineage/routes';
import { compareVersionsRoute, modelRoute, modelsRoute, versionRoute } from './models/routes';
import { homeRoute, projectsRoute } from './projects/routes';
import { compareRoute } from './runs/compare/routes';
import { runsRoute } from './runs/routes';
import { runRoute } from './runs/run/routes';
import { schedulesRoute } from './schedules/routes';
import { settingsRoutes } from './settings/routes';
import { NotFound } from './shell/NotFound';
import { frameRoute, projectRoute, rootRoute, signInRoute } from './shell/routes';
import { ScreenError } from './shell/ScreenError';
import { systemRoute } from './system/routes';

// A screen is added with one line here; see README.md.
const routes = rootRoute.addChildren([
  signInRoute,
  frameRoute.addChildren([
    projectsRoute,
    systemRoute,
    projectRoute.addChildren({
      homeRoute,
      runsRoute,
      runRoute,
      compareRoute,
      datasetsRoute,
      datasetRoute,
      artifactsRoute,
      artifactRoute,
      modelsRoute,
      modelRoute,
      versionRoute,
      compareVersionsRoute,
      endpointsRoute,
      endpointRoute,
      alertsRoute,
      lineageRoute,
      jobsRoute,
      functionsRoute,
      functionRoute,
      schedulesRoute,
      hubRoute,
      hubItemRoute,
      eventsRoute,
      settingsRoutes,
    }),
  ]),
]);

export const router = createRouter({
  routeTree: routes,
  context: { queryClient },
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  defaultErrorComponent: ScreenError,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
