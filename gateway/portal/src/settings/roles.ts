import type { Schema } from '../api/client';

/** Roles in a project, the least first, and what each may. */
export const roles = [
  { value: 'viewer', label: 'viewer', may: 'Reads everything.' },
  { value: 'editor', label: 'editor', may: 'Also runs, logs, registers and deploys.' },
  { value: 'admin', label: 'admin', may: 'Also manages members, secrets, limits and hubs.' },
  { value: 'owner', label: 'owner', may: 'Also makes owners, and deletes the project.' },
] as const;

/** The role that somebody has in a project; administrators of the platform have every right. */
export function roleIn(me: Schema<'Me'> | undefined, project: string): string | null {
  if (me?.platformAdmin) return 'owner';
  const role = (me?.projects as Record<string, unknown> | undefined)?.[project];
  return typeof role === 'string' ? role : null;
}

/** Whether a role is at least another one. */
export const isAtLeast = (role: string | null, least: 'viewer' | 'editor' | 'admin' | 'owner'): boolean =>
  roles.findIndex(({ value }) => value === role) >= roles.findIndex(({ value }) => value === least);
