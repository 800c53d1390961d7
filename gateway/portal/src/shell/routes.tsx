import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { asProblem } from '../api/problem';
import { meQuery } from '../api/session';
import { projectQuery } from '../projects/queries';
import { Frame } from './Frame';
import { NotFound } from './NotFound';
import { ProjectFrame } from './ProjectFrame';

export const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  notFoundComponent: () => (
    <main>
      <NotFound />
    </main>
  ),
});

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } => (typeof search.next === 'string' ? { next: search.next } : {}),
  component: lazyRouteComponent(() => import('./SignInScreen'), 'SignInScreen'),
});

/** What is around every screen for those who are signed in. */
export const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'frame',
  // Beside what else the screen needs, not before it: who is signed out gets nothing of it.
  loader: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (asProblem(error).isUnauthorized) throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.href } });
      throw error;
    }
  },
  component: Frame,
});

/** What is in a project: `/p/{project}/…`. */
export const projectRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/p/$project',
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(projectQuery(params.project)),
  component: ProjectFrame,
});
