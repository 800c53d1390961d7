import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../api/client';
import { byCursor } from '../api/paging';
import type { ArtifactsSearch, Kind } from './search';

export type Artifact = Schema<'ArtifactInfo'>;
export type Version = Schema<'ArtifactVersion'>;
export type Preview = Schema<'ArtifactPreview'>;
export type FileOfFolder = Schema<'DirectoryFile'>;
export type HistoryEntry = Schema<'HistoryEntry'>;

/** Artifacts by key, each with its newest version. */
export const artifactsQuery = (project: string, { text, kind }: ArtifactsSearch) =>
  infiniteQueryOptions({
    queryKey: [project, 'artifacts', 'list', kind ?? '', text ?? ''],
    ...byCursor<Artifact>((cursor, signal) =>
      answer(
        api.GET('/api/v1/projects/{project}/artifacts', {
          params: {
            path: { project },
            query: { label: [], limit: 200, ...(kind ? { kind } : {}), ...(text ? { text } : {}), ...(cursor ? { cursor } : {}) },
          },
          signal,
        }),
      ),
    ),
  });

/** One artifact with its newest version and its tags. */
export const artifactQuery = (project: string, key: string) =>
  queryOptions({
    queryKey: [project, 'artifacts', 'one', key],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/projects/{project}/artifacts/{key}', { params: { path: { project, key } }, signal })),
  });

/** Its versions, newest first. */
export const versionsQuery = (project: string, key: string) =>
  infiniteQueryOptions({
    queryKey: [project, 'artifacts', 'one', key, 'versions'],
    ...byCursor<Version>((cursor, signal) =>
      answer(
        api.GET('/api/v1/projects/{project}/artifacts/{key}/versions', {
          params: { path: { project, key }, query: { limit: 100, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    ),
  });

/** One version, the newest unless one is named. */
export const versionQuery = (project: string, key: string, version: number | undefined) =>
  queryOptions({
    queryKey: [project, 'artifacts', 'one', key, 'version', version ?? 'latest'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/artifacts/{key}/versions/{version}', {
          params: { path: { project, key, version: String(version ?? 'latest') } },
          signal,
        }),
      ),
  });

/** What happened to an artifact, oldest first. */
export const historyQuery = (project: string, key: string) =>
  infiniteQueryOptions({
    queryKey: [project, 'artifacts', 'one', key, 'history'],
    ...byCursor<HistoryEntry>((cursor, signal) =>
      answer(
        api.GET('/api/v1/projects/{project}/artifacts/{key}/history', {
          params: { path: { project, key }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    ),
  });

// What is in a version never changes, so no event makes it stale.
const unchanging = { staleTime: Number.POSITIVE_INFINITY };

/** The files of a version that is a directory, by path. */
export const filesQuery = (project: string, key: string, version: number) =>
  infiniteQueryOptions({
    queryKey: [project, 'artifact-files', key, version],
    ...unchanging,
    ...byCursor<FileOfFolder>((cursor, signal) =>
      answer(
        api.GET('/api/v1/projects/{project}/artifacts/{key}/versions/{version}/files', {
          params: { path: { project, key, version: String(version) }, query: { limit: 500, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    ),
  });

/** As much of a version, or of a file of it, as is to look at. */
export const previewQuery = (project: string, key: string, version: number, path?: string) =>
  queryOptions({
    queryKey: [project, 'artifact-previews', key, version, path ?? ''],
    ...unchanging,
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/artifacts/{key}/versions/{version}/preview', {
          params: { path: { project, key, version: String(version) }, query: path === undefined ? {} : { path } },
          signal,
        }),
      ),
  });

/** Makes the next version of an artifact from a file. */
export const upload = (project: string, key: string, kind: Kind, file: File) =>
  answer(
    api.PUT('/api/v1/projects/{project}/artifacts/{key}/content', {
      params: { path: { project, key }, query: { kind, fileName: file.name, label: [] } },
      // The bytes as they are.
      body: file as never,
      bodySerializer: () => file,
      headers: { 'Content-Type': file.type || 'application/octet-stream' },
    }),
  );

/** Points a tag to a version; refused if somebody moved it from where it was seen. */
export const moveTag = (project: string, key: string, tag: string, version: number, expected: number) =>
  answer(
    api.PUT('/api/v1/projects/{project}/artifacts/{key}/tags/{tag}', {
      params: { path: { project, key, tag } },
      body: { version, expected },
    }),
  );

/** Removes a tag; its version stays. */
export const deleteTag = (project: string, key: string, tag: string, expected: number) =>
  answer(
    api.DELETE('/api/v1/projects/{project}/artifacts/{key}/tags/{tag}', { params: { path: { project, key, tag }, query: { expected } } }),
  );

/** Deletes one version. */
export const deleteVersion = (project: string, key: string, version: number) =>
  answer(
    api.DELETE('/api/v1/projects/{project}/artifacts/{key}/versions/{version}', {
      params: { path: { project, key, version: String(version) } },
    }),
  );

/** Deletes an artifact with all versions and tags. */
export const deleteArtifact = (project: string, key: string) =>
  answer(api.DELETE('/api/v1/projects/{project}/artifacts/{key}', { params: { path: { project, key } } }));

/** Keeps a version always, or for some days from now. */
export const retain = (project: string, key: string, version: number, days: number | null) =>
  answer(
    api.PUT('/api/v1/projects/{project}/artifacts/{key}/versions/{version}/retention', {
      params: { path: { project, key, version: String(version) } },
      body: days === null ? { class: 'keep' } : { class: 'temporary', days },
    }),
  );

const versionsOf = (project: string, key: string) => `/api/v1/projects/${encodeURIComponent(project)}/artifacts/${encodeURIComponent(key)}`;

/** Where a version is downloaded from, or one file of it. */
export const downloadAddress = (project: string, key: string, version: number, path?: string) =>
  path === undefined
    ? `${versionsOf(project, key)}/content?version=${version}`
    : `${versionsOf(project, key)}/versions/${version}/files/content?path=${encodeURIComponent(path)}`;
