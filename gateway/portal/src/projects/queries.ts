import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '../api/client';
import { all } from '../api/paging';

/** The projects that one has a role in, by name. */
export const projectsQuery = queryOptions({
  queryKey: ['projects'],
  queryFn: ({ signal }) =>
    all((cursor) => answer(api.GET('/api/v1/projects', { params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } }, signal }))),
});

/** A project. */
export const projectQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'project'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/projects/{project}', { params: { path: { project } }, signal })),
  });
