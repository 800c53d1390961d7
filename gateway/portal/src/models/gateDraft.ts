import type { Schema } from '../api/client';

/** A check of a gate, as somebody fills it in. */
export interface CheckDraft {
  key: number;
  metric: string;
  atLeast: string;
  atMost: string;
  beatsCurrent: boolean;
  lowerIsBetter: boolean;
  name: string | null;
}

let keys = 0;
const text = (value: number | null | undefined) => (value == null ? '' : String(value));
const isNumber = (value: string) => value.trim() !== '' && Number.isFinite(Number(value));

/** The drafts of checks that are there; a new one is empty. */
export function draftOf(check?: Schema<'GateCheck'>): CheckDraft {
  keys += 1;
  return {
    key: keys,
    metric: check?.metric ?? '',
    atLeast: text(check?.atLeast),
    atMost: text(check?.atMost),
    beatsCurrent: check?.beatsCurrent ?? false,
    lowerIsBetter: check?.lowerIsBetter ?? false,
    name: check?.name ?? null,
  };
}

/** What is wrong with a draft; null when nothing is. */
export function faultOf({ metric, atLeast, atMost, beatsCurrent }: CheckDraft): string | null {
  if (metric.trim() === '') return 'Say which metric.';
  if ([atLeast, atMost].some((bound) => bound.trim() !== '' && !isNumber(bound))) return 'A bound is a number.';
  if (isNumber(atLeast) && isNumber(atMost) && Number(atLeast) > Number(atMost)) return 'The least is above the most.';
  if (atLeast.trim() === '' && atMost.trim() === '' && !beatsCurrent) return 'Say a bound, or that it must beat the current version.';
  return null;
}

/** The check that a draft is. */
export const checkOf = (draft: CheckDraft): Schema<'GateCheck'> => ({
  metric: draft.metric.trim(),
  beatsCurrent: draft.beatsCurrent,
  lowerIsBetter: draft.beatsCurrent && draft.lowerIsBetter,
  ...(isNumber(draft.atLeast) ? { atLeast: Number(draft.atLeast) } : {}),
  ...(isNumber(draft.atMost) ? { atMost: Number(draft.atMost) } : {}),
  ...(draft.name === null ? {} : { name: draft.name }),
});
