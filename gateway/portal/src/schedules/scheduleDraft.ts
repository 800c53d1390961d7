import { faultOf } from '../functions/params';
import type { PutSchedule, Schedule } from './queries';
import { cronFault } from './when';

/** What becomes of times that were missed, in words. */
export const misfires = {
  fireOnce: 'Fire once, for the newest',
  skip: 'Leave them out',
  catchUp: 'Catch up on the newest of them',
} as const;

/** What happens when a time comes while the last job has not ended, in words. */
export const overlaps = {
  skip: 'Leave the time out',
  queue: 'Wait for its end',
  replace: 'Abort it and start anew',
  allow: 'Run both',
} as const;

/** When a schedule is due, as a form holds it. */
export interface WhenDraft {
  kind: 'cron' | 'interval';
  cron: string;
  timeZone: string;
  everySeconds: string;
  jitterSeconds: string;
  graceSeconds: string;
  maxCatchUp: string;
  misfire: keyof typeof misfires;
  overlap: keyof typeof overlaps;
  description: string;
}

/** The form of a new schedule, or of one that is there. */
export const whenDraftOf = (schedule?: Schedule): WhenDraft => ({
  kind: schedule?.everySeconds ? 'interval' : 'cron',
  cron: schedule?.cron ?? '0 3 * * *',
  timeZone: schedule?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  everySeconds: schedule?.everySeconds ? String(schedule.everySeconds) : '3600',
  jitterSeconds: schedule?.jitterSeconds ? String(schedule.jitterSeconds) : '',
  graceSeconds: schedule ? String(schedule.graceSeconds) : '',
  maxCatchUp: schedule ? String(schedule.maxCatchUp) : '',
  misfire: schedule?.misfire ?? 'fireOnce',
  overlap: schedule?.overlap ?? 'skip',
  description: schedule?.description ?? '',
});

const whole = (value: string, min: number, required = false) => faultOf({ name: '', kind: 'integer', min, required }, value);

/** What is wrong in the form, by field. */
export function whenFaults(draft: WhenDraft): Partial<Record<keyof WhenDraft, string>> {
  const faults: [keyof WhenDraft, string | null][] = [
    draft.kind === 'cron' ? ['cron', cronFault(draft.cron)] : ['everySeconds', whole(draft.everySeconds, 1, true)],
    ['jitterSeconds', whole(draft.jitterSeconds, 0)],
    ['graceSeconds', whole(draft.graceSeconds, 0)],
    ['maxCatchUp', whole(draft.maxCatchUp, 1)],
  ];
  return Object.fromEntries(faults.filter(([, fault]) => fault !== null));
}

/** What to send of it. */
export function whenOf(draft: WhenDraft): Omit<PutSchedule, 'job'> {
  const number = (value: string) => (value.trim() === '' ? null : Number(value));
  const all = {
    ...(draft.kind === 'cron' ? { cron: draft.cron.trim(), timeZone: draft.timeZone } : { everySeconds: number(draft.everySeconds) }),
    jitterSeconds: number(draft.jitterSeconds),
    graceSeconds: number(draft.graceSeconds),
    maxCatchUp: draft.misfire === 'catchUp' ? number(draft.maxCatchUp) : null,
    misfire: draft.misfire,
    overlap: draft.overlap,
    description: draft.description.trim() || null,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}
