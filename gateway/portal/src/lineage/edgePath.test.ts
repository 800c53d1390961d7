import { expect, test } from 'vitest';
import { edgePath, wordsAt } from './edgePath';

const edges = ['ab', 'ac', 'bd', 'cd', 'ad'].map((edge) => ({ from: edge[0] as string, to: edge[1] as string }));

test('words stand where an edge is alone', () => {
  expect(edges.map((edge) => wordsAt(edge, edges))).toEqual(['end', 'end', 'start', 'start', 'between']);
});

test('words of edges that part lie at the height of what they lead to', () => {
  const ends = { sourceX: 0, sourceY: 0, targetX: 140, targetY: 60 };
  expect(edgePath(ends, 'end').labelY).toBe(60);
  expect(edgePath(ends, 'start').labelY).toBe(0);
  expect(edgePath({ ...ends, targetX: -200 }, 'end').labelX).toBe(-100);
});
