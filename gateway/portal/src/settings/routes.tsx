import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { projectRoute } from '../shell/routes';
import { readWebhookSearch } from '../webhooks/search';

const settingsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('./SettingsScreen'), 'SettingsScreen'),
});

const indexRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/p/$project/settings/general', params });
  },
});

const generalRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/general',
  component: lazyRouteComponent(() => import('./General'), 'General'),
});

const membersRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/members',
  component: lazyRouteComponent(() => import('./Members'), 'Members'),
});

const tokensRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/tokens',
  component: lazyRouteComponent(() => import('./Tokens'), 'Tokens'),
});

const secretsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/secrets',
  component: lazyRouteComponent(() => import('./Secrets'), 'Secrets'),
});

const webhooksRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/webhooks',
  component: lazyRouteComponent(() => import('../webhooks/Webhooks'), 'Webhooks'),
});

const webhookRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/webhooks/$webhook',
  validateSearch: readWebhookSearch,
  component: lazyRouteComponent(() => import('../webhooks/WebhookScreen'), 'WebhookScreen'),
});

const auditRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/audit',
  component: lazyRouteComponent(() => import('./Audit'), 'Audit'),
});

/** The settings of a project. */
export const settingsRoutes = settingsRoute.addChildren({
  indexRoute,
  generalRoute,
  membersRoute,
  tokensRoute,
  secretsRoute,
  webhooksRoute,
  webhookRoute,
  auditRoute,
});
