import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../api/client';
import { all } from '../api/paging';

export type Member = Schema<'Member'>;
export type Token = Schema<'TokenInfo'>;
export type Secret = Schema<'SecretInfo'>;

const page = (cursor: string | undefined) => ({ limit: 200, ...(cursor ? { cursor } : {}) });
const of = (project: string) => ({ params: { path: { project } } });

/** The project itself. */
export const projectQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'project', 'one'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/projects/{project}', { ...of(project), signal })),
  });

/** Who may do what in a project. */
export const membersQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'members', 'all'],
    queryFn: ({ signal }) =>
      all((cursor) =>
        answer(api.GET('/api/v1/projects/{project}/members', { params: { path: { project }, query: page(cursor) }, signal })),
      ),
  });

/** The access tokens of who is signed in. */
export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) => all((cursor) => answer(api.GET('/api/v1/tokens', { params: { query: page(cursor) }, signal }))),
});

/** The secrets of a project by name; their values are never given out. */
export const secretsQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'secrets'],
    queryFn: ({ signal }) =>
      all((cursor) =>
        answer(api.GET('/api/v1/projects/{project}/secrets', { params: { path: { project }, query: page(cursor) }, signal })),
      ),
  });

/** How much a project stores, and may. */
export const storageQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'artifacts', 'storage'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/projects/{project}/storage', { ...of(project), signal })),
  });

/** What was changed in the project, its members and secrets, newest first. */
export const auditQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'project', 'history'],
    queryFn: async ({ signal }) => {
      const entries = await all((cursor) =>
        answer(api.GET('/api/v1/projects/{project}/history', { params: { path: { project }, query: page(cursor) }, signal })),
      );
      return entries.reverse();
    },
  });

/** Gives somebody a role. */
export const setMember = (project: string, user: string, role: string) =>
  answer(api.PUT('/api/v1/projects/{project}/members/{user}', { params: { path: { project, user } }, body: { role } }));

/** Takes somebody out. */
export const removeMember = (project: string, user: string) =>
  answer(api.DELETE('/api/v1/projects/{project}/members/{user}', { params: { path: { project, user } } }));

/** Makes an access token; its secret is told this once. */
export const createToken = (body: Schema<'CreateToken'>) => answer(api.POST('/api/v1/tokens', { body }));

/** Ends a token for good. */
export const revokeToken = (id: string) => answer(api.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } }));

/** Keeps a secret under a name. */
export const setSecret = (project: string, name: string, value: string) =>
  answer(api.PUT('/api/v1/projects/{project}/secrets/{name}', { params: { path: { project, name } }, body: { value } }));

/** Forgets a secret. */
export const deleteSecret = (project: string, name: string) =>
  answer(api.DELETE('/api/v1/projects/{project}/secrets/{name}', { params: { path: { project, name } } }));

/** Describes the project. */
export const describeProject = (project: string, description: string | null) =>
  answer(api.PATCH('/api/v1/projects/{project}', { ...of(project), body: { description } }));

/** Closes the project for changes. */
export const archiveProject = (project: string) => answer(api.POST('/api/v1/projects/{project}/archive', of(project)));

/** Opens it again. */
export const restoreProject = (project: string) => answer(api.POST('/api/v1/projects/{project}/restore', of(project)));

/** Deletes it with all that is in it. */
export const deleteProject = (project: string) =>
  answer(api.DELETE('/api/v1/projects/{project}', { params: { path: { project }, query: { cascade: true } } }));

/** Says how much it may store, and where; null: as the platform has it. */
export const setStorage = (project: string, body: Schema<'SetProjectStorage'>) =>
  answer(api.PUT('/api/v1/projects/{project}/storage', { ...of(project), body }));

/** Says how long deleted runs are kept; null: for ever. */
export const setRetention = (project: string, purgeDeletedAfterDays: number | null) =>
  answer(api.PUT('/api/v1/projects/{project}/retention', { ...of(project), body: { purgeDeletedAfterDays } }));
