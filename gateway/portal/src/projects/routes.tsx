import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { frameRoute, projectRoute } from '../shell/routes';
import { lastProject } from './lastProject';

/** The projects; or straight into the one used last, unless all are asked for. */
export const projectsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/',
  validateSearch: (search: Record<string, unknown>): { all?: true } => (search.all ? { all: true } : {}),
  beforeLoad: ({ search }) => {
    const project = lastProject();
    if (project && !search.all) throw redirect({ to: '/p/$project', params: { project } });
  },
  component: lazyRouteComponent(() => import('./ProjectsScreen'), 'ProjectsScreen'),
});

/** Home of a project. */
export const homeRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./HomeScreen'), 'HomeScreen'),
});
