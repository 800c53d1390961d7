import { createRouter } from '@tanstack/react-router';
import { queryClient } from './api/queryClient';
import { endpointRoute, endpointsRoute } from './endpoints/routes';
import { functionRoute, functionsRoute } from './functions/routes';
import { jobsRoute } from './jobs/routes';
import { modelRoute, modelsRoute, versionRoute } from './models/routes';
import { homeRoute, projectsRoute } from './projects/routes';
import { runsRoute } from './runs/routes';
import { runRoute } from './runs/run/routes';
import { schedulesRoute } from './schedules/routes';
import { NotFound } from './shell/NotFound';
import { frameRoute, projectRoute, rootRoute, signInRoute } from './shell/routes';
import { ScreenError } from './shell/ScreenError';

// A screen is added with one line here; see README.md.
const routes = rootRoute.addChildren([
  signInRoute,
  frameRoute.addChildren([
    projectsRoute,
    projectRoute.addChildren({
      homeRoute,
      runsRoute,
      runRoute,
      modelsRoute,
      modelRoute,
      versionRoute,
      endpointsRoute,
      endpointRoute,
      jobsRoute,
      functionsRoute,
      functionRoute,
      schedulesRoute,
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
