import type { Schema } from '../api/client';
import { readAddress, writeAddress } from './address';

export type Graph = Schema<'LineageGraph'>;
export type LineageNode = Schema<'LineageNode'>;
export type Relation = Schema<'LineageRelation'> | 'runs';

/** How one thing led to another; that code ran as a job is known of the run itself. */
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
  runs: ['ran as', 'ran'],
};

/** How an edge is read from its beginning, or from its end. */
export const wordsOf = ({ type, now }: Pick<Edge, 'type' | 'now'>, from: 'start' | 'end' = 'start'): string =>
  `${now ? '' : 'once '}${words[type][from === 'start' ? 0 : 1]}`;

/** The graph as it is drawn: with the functions that the jobs upstream ran, as the runs tell, unless only what follows is asked for. */
export function drawnOf(graph: Graph, direction: 'up' | 'down' | 'both'): Drawn {
  const nodes: GraphNode[] = graph.nodes.map((node) => node);
  const edges: Edge[] = graph.edges.map(({ from, to, type, now }) => ({ from, to, type, now: now ?? true }));
  if (direction === 'down') return { root: graph.root, nodes, edges };
  const functions = new Map<string, GraphNode>();
  for (const run of graph.nodes) {
    const name = run.kind === 'run' && run.distance <= 0 ? run.attributes['code.function'] : undefined;
    const project = readAddress(run.uri)?.project;
    if (!name || !project) continue;
    const version = run.attributes['code.version'];
    const uri = writeAddress({ project, kind: 'function', key: name, ...(version ? { version } : {}) });
    const distance = run.distance - 1;
    const known = functions.get(uri);
    if (!known || known.distance < distance)
      functions.set(uri, { uri, kind: 'function', title: version ? `${name}@${version}` : name, attributes: {}, distance });
    edges.push({ from: uri, to: run.uri, type: 'runs', now: true });
  }
  return { root: graph.root, nodes: [...nodes, ...functions.values()], edges };
}

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
