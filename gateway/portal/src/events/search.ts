import type { MeshEvent } from '../live/meshEvent';
import { sentenceOf } from '../live/sentence';

/** What the address of the events holds. */
export interface EventsSearch {
  /** Patterns of types, by commas: `run.*,model.promoted`. */
  types?: string;
  text?: string;
  /** Replay from after this position, instead of the newest. */
  after?: number;
  /** The event that is opened, by its position. */
  event?: number;
}

const position = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const form = /^(\*|[a-z][a-z0-9-]*\.(\*|[a-z][a-z0-9-]*))$/;

/** Patterns that are in form: `*`, `run.*`, `model.promoted`. */
export const patternsOf = (types: string | undefined): string[] => (types ?? '').split(',').filter((one) => form.test(one));

/** Reads the address; what is out of form is dropped. */
export function readEventsSearch(search: Record<string, unknown>): EventsSearch {
  const types = typeof search.types === 'string' ? patternsOf(search.types).join(',') : '';
  return {
    ...(types ? { types } : {}),
    ...(typeof search.text === 'string' && search.text !== '' ? { text: search.text } : {}),
    ...(position(search.after) ? { after: search.after } : {}),
    ...(position(search.event) ? { event: search.event } : {}),
  };
}

/** Whether a text stands in an event: in its type, in what it is about, in who did it or in its data. */
export function holdsText(event: MeshEvent, text: string | undefined): boolean {
  if (!text) return true;
  const wanted = text.toLowerCase();
  return `${event.type} ${event.subject} ${event.actor ?? ''} ${JSON.stringify(event.data)}`.toLowerCase().includes(wanted);
}

/** An event in a line: what it is about, what happened, and why. */
export function lineOf(event: MeshEvent): string {
  const { thing, what, more } = sentenceOf(event);
  return [`${thing} ${what}`, more].filter(Boolean).join(': ');
}

/** The event as it is told to others: a CloudEvent. */
export function cloudEvent({ position: _, ...event }: MeshEvent): string {
  return JSON.stringify(event, null, 2);
}
