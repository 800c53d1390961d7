import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../api/client';
import { all } from '../api/paging';

export type Fn = Schema<'FunctionInfo'>;

const page = (cursor: string | undefined) => ({ limit: 200, ...(cursor ? { cursor } : {}) });

/** The functions of a project, each at its current version. */
export const functionsQuery = (project: string) =>
  queryOptions({
    queryKey: [project, 'functions', 'all'],
    queryFn: ({ signal }) =>
      all((cursor) =>
        answer(api.GET('/api/v1/projects/{project}/functions', { params: { path: { project }, query: page(cursor) }, signal })),
      ),
  });

/** A function at a version, its current one without. */
export const functionQuery = (project: string, name: string, version?: number) =>
  queryOptions({
    queryKey: [project, 'functions', 'one', name, version ?? 'current'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/functions/{function}', {
          params: { path: { project, function: name }, query: version === undefined ? {} : { version } },
          signal,
        }),
      ),
  });

/** The versions of a function, newest first. */
export const versionsQuery = (project: string, name: string) =>
  queryOptions({
    queryKey: [project, 'functions', 'one', name, 'versions'],
    queryFn: ({ signal }) =>
      all((cursor) =>
        answer(
          api.GET('/api/v1/projects/{project}/functions/{function}/versions', {
            params: { path: { project, function: name }, query: page(cursor) },
            signal,
          }),
        ),
      ),
  });

/** How two versions differ. */
export const diffQuery = (project: string, name: string, from: number, to: number) =>
  queryOptions({
    queryKey: [project, 'functions', 'one', name, 'diff', from, to],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/functions/{function}/diff', {
          params: { path: { project, function: name }, query: { from: String(from), to: String(to) } },
          signal,
        }),
      ),
    enabled: from !== to,
  });

/** Points a tag to a version. */
export const moveTag = (project: string, name: string, tag: string, version: number, expected: number | null) =>
  answer(
    api.PUT('/api/v1/projects/{project}/functions/{function}/tags/{tag}', {
      params: { path: { project, function: name, tag } },
      body: { version, ...(expected === null ? {} : { expected }) },
    }),
  );

/** Removes a tag. */
export const deleteTag = (project: string, name: string, tag: string) =>
  answer(api.DELETE('/api/v1/projects/{project}/functions/{function}/tags/{tag}', { params: { path: { project, function: name, tag } } }));
