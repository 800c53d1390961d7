import type { Job } from './queries';

/** What the address of the jobs holds. */
export interface JobsSearch {
  status?: string;
  function?: string;
  item?: string;
  exp?: string;
}

/** States of jobs. */
export const jobStatuses = ['queued', 'running', 'succeeded', 'failed', 'aborting', 'aborted'] as const;

/** Reads the address; what is out of form is dropped. */
export function readJobsSearch(search: Record<string, unknown>): JobsSearch {
  const text = (key: string) => (typeof search[key] === 'string' && search[key] !== '' ? { [key]: search[key] } : {});
  const status = (jobStatuses as readonly unknown[]).includes(search.status) ? { status: String(search.status) } : {};
  return { ...status, ...text('function'), ...text('item'), ...text('exp') };
}

/** Whether a job can be aborted. */
export const isAtWork = (job: Pick<Job, 'status'>): boolean => job.status === 'queued' || job.status === 'running';

/** What a job runs, in a word. */
export function subjectOf(job: Pick<Job, 'function' | 'functionVersion' | 'item' | 'command'>): string {
  if (job.function) return job.functionVersion ? `${job.function}@${job.functionVersion}` : job.function;
  if (job.item) return job.item;
  return job.command.join(' ');
}

/** When a job began to run: its first attempt. */
export const startedAt = (job: Pick<Job, 'attempts'>): string | undefined => job.attempts[0]?.startedAt;

/** Why a job failed, or why it waits; of a job that is tried again, why the last attempt failed. */
export function causeOf(job: Pick<Job, 'status' | 'cause' | 'unschedulable' | 'attempts'>): string | undefined {
  if (job.cause) return job.cause;
  if (job.status === 'queued' && job.unschedulable) return job.unschedulable;
  const last = job.attempts.at(-1);
  return isAtWork(job) && last?.cause ? `Attempt ${last.number}: ${last.cause}` : undefined;
}
