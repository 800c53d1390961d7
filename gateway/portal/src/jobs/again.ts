import type { Schema } from '../api/client';
import type { Subject } from '../functions/jobDraft';
import type { FormParam } from '../functions/params';
import type { Job } from './queries';

type Submitted = Schema<'SubmitJob'>;

/** What a job was submitted with: as it is listed, and what only the first event of its history tells. Variables of its environment are kept from view and missing. */
export function submittedOf(job: Job, event: unknown): Submitted {
  const told = isRecord(event) ? event : {};
  const work = isRecord(told.work) ? told.work : {};
  const tags = Object.entries(isRecord(told.tags) ? told.tags : {}).filter(
    (tag): tag is [string, string] => typeof tag[1] === 'string' && !tag[0].startsWith('mesh.'),
  );
  const submitted: { [Key in keyof Submitted]: Submitted[Key] | undefined } = {
    function: job.function,
    functionVersion: job.functionVersion,
    // A function of an item has both; the function says which item it is.
    item: job.function ? null : job.item,
    command: !job.function && !job.item ? job.command : null,
    name: job.name,
    experiment: job.experiment,
    params: job.params,
    inputs: job.inputs,
    maxAttempts: job.maxAttempts,
    timeoutSeconds: job.timeoutSeconds,
    priority: job.policy?.priority || null,
    resources: job.policy?.resources,
    retry: job.policy?.retry,
    timeouts: job.policy?.timeouts,
    deadlineSeconds: job.policy?.deadlineAt ? Math.round((Date.parse(job.policy.deadlineAt) - Date.parse(job.submittedAt)) / 1000) : null,
    replicas: job.distributed ? Object.fromEntries(job.distributed.roles.map(({ name, replicas }) => [name, replicas])) : null,
    profile: job.profile,
    image: job.image,
    secrets: textsOf(told.secrets),
    secretFiles: textsOf(work.secretFiles),
    tags: tags.length > 0 ? Object.fromEntries(tags) : null,
  };
  return Object.fromEntries(Object.entries(submitted).filter(([, value]) => value !== null && value !== undefined)) as Submitted;
}

/** A subject with fields also for the params and inputs of a job that it does not declare. */
export function withGiven(subject: Subject, job: Submitted): Subject {
  const declared = new Set(subject.params?.map((param) => param.name));
  const more = Object.keys(job.params ?? {})
    .filter((name) => !declared.has(name))
    .map((name): FormParam => ({ name, kind: 'text', required: false }));
  const inputs = Object.keys(job.inputs ?? {}).filter((name) => !subject.inputs.some((input) => input.name === name));
  return {
    ...subject,
    params: subject.params && [...subject.params, ...more],
    inputs: [...subject.inputs, ...inputs.map((name) => ({ name, required: false }))],
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function textsOf(value: unknown): string[] | null {
  const texts = Array.isArray(value) ? value.filter((text): text is string => typeof text === 'string') : [];
  return texts.length > 0 ? texts : null;
}
