import { counted } from '../format/numbers';
import type { MeshEvent } from './meshEvent';

/** An event in words: what it is about, and what happened to it. */
export interface Sentence {
  /** What it is about, as people call it. */
  thing: string;
  /** Its screen: a path of a route, and what stands in it. */
  to?: { route: string; params: Record<string, string> };
  /** What happened. */
  what: string;
  /** Why, or more of it. */
  more?: string | undefined;
  meaning: 'ok' | 'bad' | 'warn' | 'plain';
}

type Data = Record<string, unknown>;

const text = (data: Data, key: string): string | undefined => {
  const value = data[key];
  return value === null || value === undefined || value === '' ? undefined : String(value);
};

const run = (event: MeshEvent): Pick<Sentence, 'thing' | 'to'> => ({
  thing: text(event.data, 'name') ?? `run ${event.subject.slice(0, 8)}`,
  to: { route: '/p/$project/runs/$run', params: { project: event.project, run: event.subject } },
});

const job = (event: MeshEvent): Pick<Sentence, 'thing' | 'to'> => ({
  ...run(event),
  thing: text(event.data, 'name') ?? `job ${event.subject.slice(0, 8)}`,
});

const model = (event: MeshEvent): Pick<Sentence, 'thing' | 'to'> => {
  const name = text(event.data, 'model') ?? event.subject;
  const version = Number(event.data.version ?? 0);
  return version > 0
    ? {
        thing: `${name}@${version}`,
        to: { route: '/p/$project/models/$model/$version', params: { project: event.project, model: name, version: String(version) } },
      }
    : { thing: name, to: { route: '/p/$project/models/$model', params: { project: event.project, model: name } } };
};

const endpoint = (event: MeshEvent): Pick<Sentence, 'thing' | 'to'> => {
  const name = text(event.data, 'endpoint') ?? event.subject;
  return { thing: name, to: { route: '/p/$project/endpoints/$endpoint', params: { project: event.project, endpoint: name } } };
};

const artifact = (event: MeshEvent): Pick<Sentence, 'thing' | 'to'> => ({
  thing: event.data.version ? `${text(event.data, 'key')}@${event.data.version}` : event.subject,
  to: { route: '/p/$project/artifacts/$key', params: { project: event.project, key: text(event.data, 'key') ?? event.subject } },
});

const dataset = (event: MeshEvent): Pick<Sentence, 'thing' | 'to'> => ({
  ...artifact(event),
  to: { route: '/p/$project/datasets/$key', params: { project: event.project, key: text(event.data, 'key') ?? event.subject } },
});

const plain = (event: MeshEvent): Pick<Sentence, 'thing'> => ({ thing: text(event.data, 'name') ?? event.subject });

function driftedFeatures(data: Data): string | undefined {
  const features = Array.isArray(data.features)
    ? (data.features as { feature: string; drifted: boolean }[]).filter((one) => one.drifted)
    : [];
  if (features.length === 0) return undefined;
  const named = features.slice(0, 3).map((one) => one.feature);
  return named.join(', ') + (features.length > 3 ? ` and ${features.length - 3} more` : '');
}

type Say = (event: MeshEvent) => Sentence;

const said: Record<string, Say> = {
  'run.created': (e) => ({ ...run(e), what: 'was created', meaning: 'plain' }),
  'run.started': (e) => ({ ...run(e), what: 'started', meaning: 'plain' }),
  'run.completed': (e) => ({ ...run(e), what: 'completed', meaning: 'ok' }),
  'run.failed': (e) => ({ ...run(e), what: 'failed', more: text(e.data, 'cause'), meaning: 'bad' }),
  'run.aborted': (e) => ({ ...run(e), what: 'was aborted', more: text(e.data, 'reason'), meaning: 'warn' }),
  'run.deleted': (e) => ({ ...run(e), what: 'was deleted', meaning: 'plain' }),
  'run.restored': (e) => ({ ...run(e), what: 'was restored', meaning: 'plain' }),
  'job.failed': (e) => ({ ...run(e), thing: `job ${e.subject.slice(0, 8)}`, what: 'failed', more: text(e.data, 'cause'), meaning: 'bad' }),
  'job.attempt-failed': (e) => ({
    ...run(e),
    what: `failed in attempt ${text(e.data, 'attempt')}`,
    more: text(e.data, 'cause'),
    meaning: 'warn',
  }),
  'model.version-registered': (e) => ({ ...model(e), what: 'was registered', meaning: 'plain' }),
  'model.promoted': (e) => ({ ...model(e), what: `was promoted to ${text(e.data, 'alias')}`, more: text(e.data, 'reason'), meaning: 'ok' }),
  'model.alias-moved': (e) =>
    e.data.version === 0
      ? { ...model(e), what: `lost the alias ${text(e.data, 'alias')}`, meaning: 'plain' }
      : { ...model(e), what: `is now ${text(e.data, 'alias')}`, meaning: 'plain' },
  'model.approved': (e) => ({ ...model(e), what: 'was approved', more: text(e.data, 'comment'), meaning: 'ok' }),
  'model.approval-requested': (e) => ({ ...model(e), what: 'waits for approval', more: text(e.data, 'comment'), meaning: 'warn' }),
  'model.approval-rejected': (e) => ({ ...model(e), what: 'was rejected', more: text(e.data, 'comment'), meaning: 'bad' }),
  'endpoint.deployed': (e) => ({
    ...endpoint(e),
    what: `was deployed with ${text(e.data, 'model')}@${text(e.data, 'alias')}`,
    meaning: 'plain',
  }),
  'endpoint.version-served': (e) => ({
    ...endpoint(e),
    what: `serves ${text(e.data, 'model')}@${text(e.data, 'modelVersion')}`,
    meaning: 'ok',
  }),
  'endpoint.load-failed': (e) => ({
    ...endpoint(e),
    what: `could not load version ${text(e.data, 'modelVersion')}`,
    more: text(e.data, 'cause'),
    meaning: 'bad',
  }),
  'endpoint.deleted': (e) => ({ ...endpoint(e), what: 'was removed', meaning: 'plain' }),
  'drift.detected': (e) => ({ ...endpoint(e), what: 'sees drifted data', more: driftedFeatures(e.data), meaning: 'warn' }),
  'drift.cleared': (e) => ({ ...endpoint(e), what: 'sees no drift any more', meaning: 'ok' }),
  'alert.activated': (e) => ({
    thing: text(e.data, 'rule') ?? e.subject,
    to: { route: '/p/$project/alerts', params: { project: e.project } },
    what: `acted on ${text(e.data, 'eventType')} of ${text(e.data, 'eventSubject')}`,
    meaning: 'warn',
  }),
  'webhook.paused': (e) => ({
    thing: text(e.data, 'webhook') ?? e.subject,
    to: { route: '/p/$project/settings/webhooks/$webhook', params: { project: e.project, webhook: text(e.data, 'webhook') ?? e.subject } },
    what: 'was paused',
    more: text(e.data, 'cause'),
    meaning: 'bad',
  }),
  'artifact.logged': (e) => ({ ...artifact(e), what: 'was logged', meaning: 'plain' }),
  'dataset.profiled': (e) =>
    text(e.data, 'fault')
      ? { ...dataset(e), what: 'cannot be read', more: text(e.data, 'fault'), meaning: 'bad' }
      : {
          ...dataset(e),
          what: `was read: ${counted(Number(e.data.rows ?? 0), 'row')}, ${counted(Number(e.data.columns ?? 0), 'column')}`,
          meaning: 'plain',
        },
  'schedule.skipped': (e) => ({
    thing: text(e.data, 'schedule') ?? e.subject,
    what: 'skipped its turn',
    more: text(e.data, 'reason'),
    meaning: 'warn',
  }),
  'project.member-changed': (e) => ({ thing: text(e.data, 'user') ?? e.subject, what: `is ${text(e.data, 'role')} now`, meaning: 'plain' }),
};

/** An event as a sentence; of types without one of their own, their words. */
export function sentenceOf(event: MeshEvent): Sentence {
  const own = said[event.type];
  if (own) return own(event);
  const [area = '', verb = ''] = event.type.split('.');
  const about =
    area === 'model'
      ? model(event)
      : area === 'artifact'
        ? artifact(event)
        : area === 'run'
          ? run(event)
          : area === 'job'
            ? job(event)
            : plain(event);
  return { ...about, what: `${verb.replaceAll('-', ' ')} (${area})`, meaning: 'plain' };
}
