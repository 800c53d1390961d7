import { answer, api } from '../api/client';
import { all } from '../api/paging';

/** Something to go to. */
export interface Found {
  kind: string;
  label: string;
  detail: string;
  href: string;
}

interface Source {
  kind: string;
  /** The screen that shows what is found; without it in the portal, nothing is looked for. */
  route: string;
  find: (project: string, text: string, signal: AbortSignal) => Promise<Found[]>;
}

const most = 6;
const at = (project: string, ...parts: (string | number)[]) =>
  `/p/${[project, ...parts].map((part) => encodeURIComponent(part)).join('/')}`;
const holds = (name: string, text: string) => name.toLowerCase().includes(text.toLowerCase());

/** What the palette looks through. */
export const sources: Source[] = [
  {
    kind: 'Run',
    route: '/p/$project/runs/$run',
    find: async (project, text, signal) => {
      const { items } = await answer(
        api.GET('/api/v1/projects/{project}/runs', {
          params: { path: { project }, query: { name: `*${text}*`, status: [], tag: [], param: [], orderBy: [], limit: most } },
          signal,
        }),
      );
      return items.map((run) => ({
        kind: 'Run',
        label: run.name,
        detail: `${run.experiment} · ${run.status}`,
        href: at(project, 'runs', run.id),
      }));
    },
  },
  {
    kind: 'Model',
    route: '/p/$project/models/$model',
    find: async (project, text, signal) => {
      const models = await all((cursor) =>
        answer(
          api.GET('/api/v1/projects/{project}/models', {
            params: { path: { project }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      );
      return models
        .filter((model) => holds(model.name, text))
        .slice(0, most)
        .map((model) => ({
          kind: 'Model',
          label: model.name,
          detail: `version ${model.latestVersion}`,
          href: at(project, 'models', model.name),
        }));
    },
  },
  {
    kind: 'Artifact',
    route: '/p/$project/artifacts/$key',
    find: async (project, text, signal) => {
      const { items } = await answer(
        api.GET('/api/v1/projects/{project}/artifacts', { params: { path: { project }, query: { text, label: [], limit: most } }, signal }),
      );
      // Data sets are found as such.
      const others = items.filter(({ kind }) => kind !== 'dataset');
      return others.map(({ key, kind }) => ({ kind: 'Artifact', label: key, detail: kind, href: at(project, 'artifacts', key) }));
    },
  },
  {
    kind: 'Data set',
    route: '/p/$project/datasets/$key',
    find: async (project, text, signal) => {
      const { items } = await answer(
        api.GET('/api/v1/projects/{project}/datasets', { params: { path: { project }, query: { text, limit: most } }, signal }),
      );
      return items.map((dataset) => ({
        kind: 'Data set',
        label: dataset.key,
        detail: `version ${dataset.latest.version}`,
        href: at(project, 'datasets', dataset.key),
      }));
    },
  },
  {
    kind: 'Function',
    route: '/p/$project/functions/$function',
    find: async (project, text, signal) => {
      const functions = await all((cursor) =>
        answer(
          api.GET('/api/v1/projects/{project}/functions', {
            params: { path: { project }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      );
      return functions
        .filter((one) => holds(one.name, text))
        .slice(0, most)
        .map((one) => ({ kind: 'Function', label: one.name, detail: `version ${one.version}`, href: at(project, 'functions', one.name) }));
    },
  },
  {
    kind: 'Endpoint',
    route: '/p/$project/endpoints/$endpoint',
    find: async (project, text, signal) => {
      const endpoints = await all((cursor) =>
        answer(
          api.GET('/api/v1/projects/{project}/endpoints', {
            params: { path: { project }, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      );
      return endpoints
        .filter((endpoint) => holds(endpoint.name, text))
        .slice(0, most)
        .map((endpoint) => ({
          kind: 'Endpoint',
          label: endpoint.name,
          detail: endpoint.status,
          href: at(project, 'endpoints', endpoint.name),
        }));
    },
  },
];
