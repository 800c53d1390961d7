import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../api/client';
import { all, byCursor } from '../api/paging';
import type { DeliveryFilter } from './search';

export type Webhook = Schema<'WebhookInfo'>;
export type Delivery = Schema<'WebhookDelivery'>;

const of = (project: string, webhook: string) => ({ params: { path: { project, webhook } } });

/** The webhooks of a project by name. */
export const webhooksQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'webhooks', 'all'],
    queryFn: ({ signal }) =>
      all((cursor) =>
        answer(
          api.GET('/api/v1/projects/{project}/webhooks', {
            params: { path: { project }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      ),
  });

/** A webhook and how its deliveries stand. */
export const webhookQuery = (project: string, webhook: string) =>
  queryOptions({
    queryKey: [project, 'webhooks', 'one', webhook],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/projects/{project}/webhooks/{webhook}', { ...of(project, webhook), signal })),
  });

/** Deliveries of a webhook, newest first. */
export const deliveriesQuery = (project: string, webhook: string, state: DeliveryFilter | undefined) =>
  infiniteQueryOptions({
    queryKey: [project, 'webhooks', 'deliveries', webhook, state ?? ''],
    ...byCursor<Delivery>((cursor, signal) =>
      answer(
        api.GET('/api/v1/projects/{project}/webhooks/{webhook}/deliveries', {
          params: { path: { project, webhook }, query: { limit: 100, ...(state ? { state } : {}), ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    ),
  });

/** Makes a webhook, or changes it. The secret of a new one is told this once. */
export const putWebhook = (project: string, webhook: string, body: Schema<'DefineWebhook'>) =>
  answer(api.PUT('/api/v1/projects/{project}/webhooks/{webhook}', { ...of(project, webhook), body }));

/** Removes a webhook with its deliveries. */
export const deleteWebhook = (project: string, webhook: string) =>
  answer(api.DELETE('/api/v1/projects/{project}/webhooks/{webhook}', of(project, webhook)));

/** Makes a new secret, told this once. */
export const rotateSecret = (project: string, webhook: string) =>
  answer(api.POST('/api/v1/projects/{project}/webhooks/{webhook}/rotate', of(project, webhook)));

/** Sends the events after a position. */
export const replayWebhook = (project: string, webhook: string, after: number) =>
  answer(api.POST('/api/v1/projects/{project}/webhooks/{webhook}/replay', { ...of(project, webhook), body: { after } }));

/** Sends an event of type mesh.test, and says how it went. */
export const testWebhook = (project: string, webhook: string) =>
  answer(api.POST('/api/v1/projects/{project}/webhooks/{webhook}/test', of(project, webhook)));

/** Makes a delivery again, or now. */
export const redeliver = (project: string, webhook: string, delivery: number) =>
  answer(
    api.POST('/api/v1/projects/{project}/webhooks/{webhook}/deliveries/{delivery}/redeliver', {
      params: { path: { project, webhook, delivery } },
    }),
  );
