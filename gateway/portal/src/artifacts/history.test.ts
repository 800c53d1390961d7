import { expect, test } from 'vitest';
import { happened } from './history';

test.each([
  ['artifact.version-logged', { version: 2 }, 'Version 2 logged'],
  ['artifact.tag-moved', { tag: 'golden', version: 2, previous: 0 }, 'Version 2 tagged golden'],
  ['artifact.tag-moved', { tag: 'golden', version: 2, previous: 1 }, 'Tag golden moved from version 1 to 2'],
  ['artifact.version-deleted', { version: 1, expired: true }, 'Version 1 deleted: its time was over'],
  ['artifact.retention-set', { version: 1, expiresAt: null }, 'Version 1 kept always'],
  ['artifact.something-new', {}, 'something new'],
])('%s is told in words', (type, data, text) => expect(happened(type, data)).toBe(text));
