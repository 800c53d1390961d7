import type { Token } from './queries';

const day = 24 * 3600;

/** How long a token may live, in words. */
export const lifetimes = [
  { value: String(day), label: '1 day' },
  { value: String(7 * day), label: '7 days' },
  { value: String(30 * day), label: '30 days' },
  { value: String(90 * day), label: '90 days' },
  { value: String(365 * day), label: '1 year' },
];

/** The first token of a mesh has no end; its date stands for that. */
export const isEndless = ({ expiresAt }: Pick<Token, 'expiresAt'>): boolean => Number(expiresAt.slice(0, 4)) >= 9000;

/** How a token stands. */
export function tokenState(
  { revokedAt, expiresAt }: Pick<Token, 'revokedAt' | 'expiresAt'>,
  now: number,
): 'active' | 'revoked' | 'expired' {
  if (revokedAt) return 'revoked';
  return Date.parse(expiresAt) <= now ? 'expired' : 'active';
}
