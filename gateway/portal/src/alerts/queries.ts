import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../api/client';
import { all, byCursor } from '../api/paging';

export type Rule = Schema<'AlertRuleInfo'>;
export type Activation = Schema<'AlertActivation'>;

/** The alert rules of a project, by name. */
export const rulesQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'alerts', 'all'],
    queryFn: ({ signal }) =>
      all((cursor) =>
        answer(
          api.GET('/api/v1/projects/{project}/alerts', {
            params: { path: { project }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      ),
  });

/** The times that a rule fired, newest first. */
export const activationsQuery = (project: string, rule: string) =>
  infiniteQueryOptions({
    queryKey: [project, 'alerts', 'activations', rule],
    ...byCursor<Activation>((cursor, signal) =>
      answer(
        api.GET('/api/v1/projects/{project}/alerts/{rule}/activations', {
          params: { path: { project, rule }, query: { limit: 50, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    ),
  });

/** Defines a rule, or changes one. */
export const putRule = (project: string, rule: string, body: Schema<'DefineAlertRule'>) =>
  answer(api.PUT('/api/v1/projects/{project}/alerts/{rule}', { params: { path: { project, rule } }, body }));

/** Takes a rule away. */
export const deleteRule = (project: string, rule: string) =>
  answer(api.DELETE('/api/v1/projects/{project}/alerts/{rule}', { params: { path: { project, rule } } }));
