import type { Schema } from '../api/client';

type Standing = Pick<Schema<'WebhookInfo'>, 'paused' | 'pauseCause' | 'failingSince' | 'cause'>;

/** How a webhook stands, in a word, and why. */
export function standingOf({ paused, pauseCause, failingSince, cause }: Standing): { state: string; cause: string | null } {
  if (paused) return { state: 'paused', cause: pauseCause ?? null };
  if (failingSince) return { state: 'failing', cause: cause ?? null };
  return { state: 'active', cause: null };
}

/** What is wrong with an address, as far as its form says; the mesh knows the rest. */
export function urlFault(text: string): string | null {
  if (text.trim() === '') return null;
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return 'It is no address: https://ci.example.com/mesh';
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'It must begin with https://';
  if (url.username || url.password) return 'It must not hold a user or a password: members of the project see it.';
  if (url.hash) return 'It must not hold a fragment (#).';
  return null;
}
