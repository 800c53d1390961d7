import { expect, it } from 'vitest';
import { changeOf } from './changes';
import { isAtLeast, roleIn } from './roles';
import { isEndless, tokenState } from './tokens';

it('knows what a role may', () => {
  expect(roleIn({ user: 'lea', platformAdmin: false, projects: { demo: 'editor' } as unknown as Record<string, never> }, 'demo')).toBe(
    'editor',
  );
  expect(roleIn({ user: 'lea', platformAdmin: false, projects: {} }, 'demo')).toBeNull();
  expect(roleIn({ user: 'admin', platformAdmin: true, projects: {} }, 'demo')).toBe('owner');
  expect(isAtLeast('editor', 'admin')).toBe(false);
  expect(isAtLeast('owner', 'admin')).toBe(true);
  expect(isAtLeast(null, 'viewer')).toBe(false);
});

it('tells how a token stands', () => {
  const now = Date.parse('2026-03-10T12:00:00Z');
  expect(tokenState({ revokedAt: null, expiresAt: '2026-03-11T00:00:00Z' }, now)).toBe('active');
  expect(tokenState({ revokedAt: null, expiresAt: '2026-03-10T11:00:00Z' }, now)).toBe('expired');
  expect(tokenState({ revokedAt: '2026-03-01T00:00:00Z', expiresAt: '2026-03-11T00:00:00Z' }, now)).toBe('revoked');
  expect(isEndless({ expiresAt: '9999-01-01T00:00:00+00:00' })).toBe(true);
});

it('says what was changed in a sentence', () => {
  expect(changeOf('project.member-set', { user: 'lea', role: 'editor' })).toBe('lea is editor now');
  expect(changeOf('project.secret-set', { name: 'API_KEY' })).toBe('secret API_KEY set');
  expect(changeOf('project.something-new', { a: 1 })).toBe('something new');
});
