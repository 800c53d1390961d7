import type { Schema } from '../api/client';

export type Graph = Schema<'LineageGraph'>;
export type LineageNode = Schema<'LineageNode'>;
export type Relation = Schema<'LineageRelation'>;

/** How one thing led to another. */
export interface Edge {
  from: string;
  to: string;
  type: Relation;
  now: boolean;
}

/** A thing of the graph, or several of a kind in one. */
export interface GraphNode extends Pick<LineageNode, 'uri' | 'kind' | 'title' | 'attributes' | 'distance'> {
  ended?: string | null | undefined;
  /** Things that stand folded in this one. */
  folded?: string[];
}

/** What is drawn. */
export interface Drawn {
  root: string;
  nodes: GraphNode[];
  edges: Edge[];
}

/** What kinds are called. */
const kinds: Record<string, string> = {
  dataset: 'Data set',
  'registered-model': 'Model version',
  model: 'Model file',
  run: 'Run',
  endpoint: 'Endpoint',
  window: 'Predictions',
  alert: 'Alert',
  external: 'From elsewhere',
  function: 'Function',
};

/** What a thing is, in a word. */
export function kindOf(node: Pick<GraphNode, 'kind' | 'uri' | 'attributes'>): string {
  if (node.kind === 'registered-model' && node.uri.includes('#')) return 'Alias';
  if (node.kind === 'run' && node.attributes.kind === 'job') return 'Job';
  return kinds[node.kind] ?? `${node.kind.charAt(0).toUpperCase()}${node.kind.slice(1)}`;
}

// From what leads to the other, and the other way round.
const words: Record<Relation, [forward: string, back: string]> = {
  used: ['used by', 'used'],
  produced: ['produced', 'produced by'],
  registeredAs: ['registered as', 'registered from'],
  serves: ['served by', 'serves'],
  aliased: ['named by', 'stands for'],
  observed: ['answered', 'answered by'],
  raised: ['raised', 'raised by'],
  triggered: ['triggered', 'triggered by'],
  parent: ['parent of', 'child of'],
  ran: ['ran as', 'ran'],
};

/** How an edge is read from its beginning, or from its end. */
export const wordsOf = ({ type, now }: Pick<Edge, 'type' | 'now'>, from: 'start' | 'end' = 'start'): string =>
  `${now ? '' : 'once '}${words[type][from === 'start' ? 0 : 1]}`;

/** The graph as it is drawn. */
export const drawnOf = ({ root, nodes, edges }: Graph): Drawn => ({
  root,
  nodes,
  edges: edges.map(({ from, to, type, now }) => ({ from, to, type, now: now ?? true })),
});

const shownOfMany = 5;

/**
 * The same with many things of a kind that are joined with the same others, and with nothing else, as a few and one that stands for the rest: the trials of a search,
 * the windows of an endpoint. Those named in `open` stay apart.
 */
export function folded({ root, nodes, edges }: Drawn, open: ReadonlySet<string>): Drawn {
  const joins = new Map<string, string[]>(nodes.map((node) => [node.uri, []]));
  for (const { from, to, type } of edges) {
    joins.get(from)?.push(`to ${type} ${to}`);
    joins.get(to)?.push(`from ${type} ${from}`);
  }
  const alike = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    const key = `${node.kind}\n${[...(joins.get(node.uri) ?? [])].sort().join('\n')}`;
    if (node.uri !== root) alike.set(key, [...(alike.get(key) ?? []), node]);
  }

  const hidden = new Set<string>();
  const standing: GraphNode[] = [];
  const stand: Edge[] = [];
  for (const group of alike.values()) {
    const rest = group.slice(shownOfMany);
    const first = rest[0];
    if (rest.length < 2 || !first || open.has(first.uri)) continue;
    for (const node of rest) hidden.add(node.uri);
    const uri = `${first.uri}\nand more`;
    standing.push({ ...first, uri, title: `${rest.length} more`, attributes: {}, ended: null, folded: rest.map((node) => node.uri) });
    for (const edge of edges) {
      if (edge.from === first.uri) stand.push({ ...edge, from: uri });
      else if (edge.to === first.uri) stand.push({ ...edge, to: uri });
    }
  }
  return {
    root,
    nodes: [...nodes.filter((node) => !hidden.has(node.uri)), ...standing],
    edges: [...edges.filter((edge) => !hidden.has(edge.from) && !hidden.has(edge.to)), ...stand],
  };
}
