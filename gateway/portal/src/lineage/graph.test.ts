import { expect, test } from 'vitest';
import { type Drawn, folded, type GraphNode, kindOf, wordsOf } from './graph';

const node = (kind: string, key: string, more: Partial<GraphNode> = {}) => ({
  uri: `mesh://demo/${kind}/${key}`,
  kind,
  title: key,
  attributes: {},
  distance: 1,
  ...more,
});

const sweep = (trials: number): Drawn => {
  const root = node('run', 'parent', { distance: 0 });
  const children = Array.from({ length: trials }, (_, i) => node('run', `t${i}`));
  return {
    root: root.uri,
    nodes: [root, ...children],
    edges: children.map((child) => ({ from: root.uri, to: child.uri, type: 'parent', now: true })),
  };
};

test('many things that are joined alike are a few and one for the rest', () => {
  const drawn = folded(sweep(20), new Set());
  expect(drawn.nodes).toHaveLength(7);
  expect(drawn.nodes.at(-1)?.title).toBe('15 more');
  expect(drawn.nodes.at(-1)?.folded).toHaveLength(15);
  expect(drawn.edges).toHaveLength(6);
});

test('few stay as they are, and so do those that were opened', () => {
  expect(folded(sweep(6), new Set()).nodes).toHaveLength(7);
  expect(folded(sweep(20), new Set(['mesh://demo/run/t5'])).nodes).toHaveLength(21);
});

test('kinds and relations have words', () => {
  expect(kindOf(node('registered-model', 'churn#champion'))).toBe('Alias');
  expect(kindOf(node('run', 'r', { attributes: { kind: 'job' } }))).toBe('Job');
  expect(kindOf(node('plot', 'roc@1'))).toBe('Plot');
  expect(wordsOf({ type: 'serves', now: false })).toBe('once served by');
  expect(wordsOf({ type: 'used', now: true }, 'end')).toBe('used');
});
