import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { projectRoute } from '../shell/routes';
import { readArtifactSearch, readArtifactsSearch } from './search';

/** The artifacts of a project. */
export const artifactsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/artifacts',
  validateSearch: readArtifactsSearch,
  component: lazyRouteComponent(() => import('./ArtifactsScreen'), 'ArtifactsScreen'),
});

/** One artifact: what is in it, its versions, what happened to it. */
export const artifactRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/artifacts/$key',
  validateSearch: readArtifactSearch,
  component: lazyRouteComponent(() => import('./ArtifactScreen'), 'ArtifactScreen'),
});
