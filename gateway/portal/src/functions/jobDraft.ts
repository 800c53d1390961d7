import type { Schema } from '../api/client';
import { type FormParam, faultOf, formParam, linesOf, readLines, typedValues } from './params';

type SubmitJob = Schema<'SubmitJob'>;

/** What a job can be made of. */
export interface Subject {
  function?: string;
  /** A fixed version of the function; without it, the one that is current then. */
  functionVersion?: number | undefined;
  item?: string;
  /** The declared params; null when anything may be given. */
  params: FormParam[] | null;
  /** What params stand for when they are not declared. */
  defaults?: Record<string, string>;
  inputs: { name: string; uri?: string | null; required?: boolean; description?: string | null }[];
  maxAttempts?: number;
  timeoutSeconds?: number;
  profile?: string | null;
}

/** What a form holds while somebody fills it in: texts, as they are typed. */
export interface JobDraft {
  values: Record<string, string>;
  /** Params that are not declared, as lines of `name=value`. */
  lines: string;
  inputs: Record<string, string>;
  /** Environment variables, as lines of `name=value`. */
  environment: string;
  name: string;
  experiment: string;
  profile: string;
  priority: string;
  maxAttempts: string;
  timeoutSeconds: string;
  cpus: string;
  memoryMib: string;
  gpus: string;
}

export const emptyDraft: JobDraft = {
  values: {},
  lines: '',
  inputs: {},
  environment: '',
  name: '',
  experiment: '',
  profile: '',
  priority: '',
  maxAttempts: '',
  timeoutSeconds: '',
  cpus: '',
  memoryMib: '',
  gpus: '',
};

const mib = 1024 * 1024;
const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

/** The form of a job that is there already. */
export const draftOf = (job: SubmitJob): JobDraft => ({
  values: { ...job.params },
  lines: linesOf(job.params),
  inputs: { ...job.inputs },
  environment: linesOf(job.environment),
  name: text(job.name),
  experiment: text(job.experiment),
  profile: text(job.profile),
  priority: text(job.priority),
  maxAttempts: text(job.maxAttempts),
  timeoutSeconds: text(job.timeoutSeconds),
  cpus: text(job.resources?.cpus),
  memoryMib: job.resources?.memoryBytes ? text(Number(job.resources.memoryBytes) / mib) : '',
  gpus: text(job.resources?.gpus),
});

/** What a job runs, in a word. */
export const subjectOf = (job: SubmitJob): string =>
  job.function
    ? `${job.function}${job.functionTag ? `@${job.functionTag}` : job.functionVersion ? `@${job.functionVersion}` : ''}`
    : (job.item ?? (job.command ?? []).join(' '));

/** The subject that a function is. Functions of hub items declare no params of their own: the item does. */
export function functionSubject(fn: Schema<'FunctionInfo'>, item?: Schema<'HubItem'>): Subject {
  const declared = fn.paramSpecs?.map(formParam) ?? item?.params.map(formParam) ?? null;
  return {
    function: fn.name,
    params: declared?.map((param) => (fn.params[param.name] === undefined ? param : { ...param, fallback: fn.params[param.name] })) ?? null,
    defaults: fn.params,
    inputs: fn.inputs ?? [],
    maxAttempts: fn.maxAttempts,
    timeoutSeconds: fn.timeoutSeconds,
    profile: fn.profile ?? null,
  };
}

/** The subject that an item of the built-in hub is. */
export const itemSubject = (item: Schema<'HubItem'>): Subject => ({ item: item.name, params: item.params.map(formParam), inputs: [] });

/** Numbers of the advanced part, with what they may be. */
export const advancedParams = {
  priority: { name: 'priority', kind: 'integer', required: false, min: -100, max: 100 },
  maxAttempts: { name: 'maxAttempts', kind: 'integer', required: false, min: 1 },
  timeoutSeconds: { name: 'timeoutSeconds', kind: 'integer', required: false, min: 1 },
  cpus: { name: 'cpus', kind: 'number', required: false, min: 0 },
  memoryMib: { name: 'memoryMib', kind: 'integer', required: false, min: 1 },
  gpus: { name: 'gpus', kind: 'integer', required: false, min: 0 },
} satisfies Record<string, FormParam>;

/** Whether everything that was typed can be sent. */
export function isWhole(subject: Subject, draft: JobDraft): boolean {
  const params = subject.params?.every((param) => faultOf(param, draft.values[param.name] ?? '') === null);
  const inputs = subject.inputs.every((input) => input.required === false || input.uri || draft.inputs[input.name]?.trim());
  const numbers = Object.entries(advancedParams).every(
    ([key, param]) => faultOf(param, draft[key as keyof typeof advancedParams]) === null,
  );
  return (params ?? readLines(draft.lines).fault === null) && inputs && numbers && readLines(draft.environment).fault === null;
}

/** The job to submit: what was typed, and of another job (`over`) what the form does not show. */
export function jobOf(subject: Subject, draft: JobDraft, over: SubmitJob = {}): SubmitJob {
  const number = (value: string) => (value.trim() === '' ? null : Number(value));
  const params = subject.params ? typedValues(subject.params, draft.values) : readLines(draft.lines).values;
  const inputs = Object.fromEntries(
    subject.inputs.flatMap(({ name }) => (draft.inputs[name]?.trim() ? [[name, draft.inputs[name].trim()]] : [])),
  );
  const environment = readLines(draft.environment).values;
  const [cpus, memory, gpus] = [number(draft.cpus), number(draft.memoryMib), number(draft.gpus)];
  const resources = {
    ...(cpus === null ? {} : { cpus }),
    ...(memory === null ? {} : { memoryBytes: memory * mib }),
    ...(gpus === null ? {} : { gpus }),
  };
  const job: SubmitJob = {
    ...over,
    function: subject.function ?? null,
    functionVersion: subject.functionVersion ?? null,
    item: subject.item ?? null,
    params,
    inputs: Object.keys(inputs).length > 0 ? inputs : null,
    environment: Object.keys(environment).length > 0 ? environment : null,
    name: draft.name.trim() || null,
    experiment: draft.experiment.trim() || null,
    profile: draft.profile || null,
    priority: number(draft.priority),
    maxAttempts: number(draft.maxAttempts),
    timeoutSeconds: number(draft.timeoutSeconds),
    resources: Object.keys(resources).length > 0 ? resources : null,
  };
  return Object.fromEntries(Object.entries(job).filter(([, value]) => value !== null && value !== undefined)) as SubmitJob;
}
