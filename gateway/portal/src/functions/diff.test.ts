import { expect, it } from 'vitest';
import { changesOf, hunksOf } from './diff';

const lines = [' a', ' b', ' c', ' d', ' e', '-f', '+F', '+G', ' h', ' i', ' j', ' k', ' l'];

it('numbers lines before and after, and leaves out what is far from a change', () => {
  expect(hunksOf(lines, 1)).toEqual([
    { kind: 'gap', left: 4 },
    { kind: ' ', text: 'e', before: 5, after: 5 },
    { kind: '-', text: 'f', before: 6 },
    { kind: '+', text: 'F', after: 6 },
    { kind: '+', text: 'G', after: 7 },
    { kind: ' ', text: 'h', before: 7, after: 8 },
    { kind: 'gap', left: 4 },
  ]);
});

it('keeps all of a short difference', () => expect(hunksOf(['+a', ' b'])).toHaveLength(2));

it('counts what came and went', () => expect(changesOf(lines)).toEqual({ added: 2, removed: 1 }));
