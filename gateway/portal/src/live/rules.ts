import type { QueryKey } from '@tanstack/react-query';
import { fits } from './eventTypes';
import type { MeshEvent } from './meshEvent';

interface Rule {
  on: string;
  refresh: (event: MeshEvent) => QueryKey[];
}

/**
 * Which queries an event makes stale, by the beginnings of their keys. Keys are `[project, area, …]`. The table of runs patches its rows itself: its key is
 * `[project, 'run-table', …]` and no rule names it.
 */
const rules: Rule[] = [
  {
    on: 'run.*',
    refresh: ({ project, subject }) => [
      [project, 'runs', 'lists'],
      [project, 'runs', 'one', subject],
      [project, 'experiments'],
    ],
  },
  { on: 'experiment.*', refresh: ({ project }) => [[project, 'experiments']] },
  { on: 'job.*', refresh: ({ project }) => [[project, 'jobs']] },
  { on: 'schedule.*', refresh: ({ project }) => [[project, 'schedules']] },
  { on: 'function.*', refresh: ({ project }) => [[project, 'functions']] },
  {
    on: 'artifact.*',
    refresh: ({ project }) => [
      [project, 'artifacts'],
      [project, 'datasets'],
      [project, 'lineage'],
    ],
  },
  { on: 'dataset.*', refresh: ({ project }) => [[project, 'datasets']] },
  {
    on: 'model.*',
    refresh: ({ project }) => [
      [project, 'models'],
      [project, 'lineage'],
    ],
  },
  {
    on: 'endpoint.*',
    refresh: ({ project }) => [
      [project, 'endpoints'],
      [project, 'lineage'],
      [project, 'monitors'],
    ],
  },
  { on: 'drift.*', refresh: ({ project }) => [[project, 'monitors']] },
  { on: 'alert.*', refresh: ({ project }) => [[project, 'alerts']] },
  { on: 'webhook.*', refresh: ({ project }) => [[project, 'webhooks']] },
  { on: 'project.*', refresh: ({ project }) => [['projects'], ['me'], [project, 'members'], [project, 'project']] },
];

/** The keys that an event makes stale. */
export const staleBy = (event: MeshEvent): QueryKey[] =>
  rules.filter((rule) => fits(rule.on, event.type)).flatMap((rule) => rule.refresh(event));
