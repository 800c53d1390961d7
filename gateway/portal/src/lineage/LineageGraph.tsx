import '@xyflow/react/dist/base.css';
import { useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import {
  BaseEdge,
  Controls,
  type EdgeProps,
  type Edge as FlowEdge,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
  type Viewport,
} from '@xyflow/react';
import { useEffect, useMemo } from 'react';
import { edgePath, type WordsAt, wordsAt } from './edgePath';
import { FromHere } from './FromHere';
import { type Drawn, type GraphNode, kindOf, wordsOf } from './graph';
import { KindIcon } from './KindIcon';
import classes from './LineageGraph.module.css';
import { layered } from './layout';
import { ThingLink } from './ThingLink';

const sizes = { width: 236, height: 54, across: 132, down: 16 };
const mostWords = 60;

type ThingNode = Node<{ thing: GraphNode; isRoot: boolean; onUnfold: (uri: string) => void }, 'thing'>;

interface LineageGraphProps {
  label: string;
  drawn: Drawn;
  /** Shows what stands folded, by the first of it. */
  onUnfold: (uri: string) => void;
}

/** The graph: drawn from left to right, moved by dragging, scrolled to scale. What has the focus is brought into sight. */
export function LineageGraph(props: LineageGraphProps) {
  return (
    <ReactFlowProvider>
      <Flow {...props} />
    </ReactFlowProvider>
  );
}

function Flow({ label, drawn, onUnfold }: LineageGraphProps) {
  const scheme = useComputedColorScheme('light');
  const flow = useReactFlow();
  const isFar = useStore(({ transform }) => transform[2] < near);
  const { nodes, edges } = useMemo(() => elementsOf(drawn, onUnfold), [drawn, onUnfold]);
  const { ref, width, height } = useElementSize();
  const view = useMemo(() => viewOf(nodes, drawn.root, width, height), [nodes, drawn.root, width, height]);
  // Chosen anew for another graph or place, not while one looks around.
  useEffect(() => void flow.setViewport(view), [flow, view]);
  return (
    <section ref={ref} className={classes.graph} data-far={isFar || undefined} aria-label={label}>
      {width > 0 && (
        <ReactFlow
          nodes={nodes}
          edges={edges}
          defaultViewport={view}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          colorMode={scheme}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          zoomOnDoubleClick={false}
          preventScrolling
          minZoom={least}
          maxZoom={1.5}
        >
          <Controls showInteractive={false} fitViewOptions={fit} />
        </ReactFlow>
      )}
    </section>
  );
}

const least = 0.1;
const margin = 24;
const fit = { padding: `${margin}px`, maxZoom: 1 } as const;
/** Below it things show their names alone, larger. */
const near = 0.6;
/** Below it even those cannot be read. */
const readable = 0.3;

/** The whole graph where it can be read so; else the start in the middle, as large as it can be read. */
function viewOf(nodes: readonly ThingNode[], root: string, width: number, height: number): Viewport {
  const right = Math.max(...nodes.map((node) => node.position.x + sizes.width));
  const bottom = Math.max(...nodes.map((node) => node.position.y + sizes.height));
  const zoom = Math.max(readable, Math.min(1, (width - 2 * margin) / right, (height - 2 * margin) / bottom));
  const start = nodes.find((node) => node.id === root)?.position ?? { x: 0, y: 0 };
  // What fits in one direction stands in its middle; in the other one the start does, without leaving room beyond the ends.
  const along = (size: number, extent: number, at: number) =>
    extent * zoom + 2 * margin <= size + 1
      ? (size - extent * zoom) / 2
      : Math.min(margin, Math.max(size - margin - extent * zoom, size / 2 - at * zoom));
  return { x: along(width, right, start.x + sizes.width / 2), y: along(height, bottom, start.y + sizes.height / 2), zoom };
}

function Thing({ data: { thing, isRoot, onUnfold }, positionAbsoluteX: x, positionAbsoluteY: y }: NodeProps<ThingNode>) {
  const flow = useReactFlow();
  const kind = kindOf(thing);
  const show = (target: HTMLElement) => {
    // Those who go by keyboard see where they are; those who click see already.
    if (target.matches(':focus-visible'))
      void flow.setCenter(x + sizes.width / 2, y + sizes.height / 2, { zoom: flow.getZoom(), duration: 0 });
  };
  const first = thing.folded?.[0];
  return (
    <div
      role="group"
      aria-label={`${kind} ${thing.title}`}
      className={classes.node}
      data-kind={thing.kind}
      data-root={isRoot || undefined}
      onFocus={(event) => show(event.target)}
    >
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <KindIcon node={thing} className={classes.icon} />
      {first ? (
        <button type="button" className={`${classes.text} ${classes.more}`} onClick={() => onUnfold(first)}>
          <span className={classes.title}>{thing.title}</span>
          <span className={classes.kind}>{kind}</span>
        </button>
      ) : (
        <ThingLink uri={thing.uri} title={thing.title} className={classes.text}>
          <span className={`line ${classes.title}`}>{thing.title}</span>
          <span className={`line ${classes.kind}`}>{aboutOf(thing, kind, isRoot)}</span>
        </ThingLink>
      )}
      {!first && !isRoot && <FromHere node={thing} size={32} />}
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
}

type RelationEdge = FlowEdge<{ at: WordsAt }, 'relation'>;

function RelationLine({ sourceX, sourceY, targetX, targetY, data, markerEnd, label }: EdgeProps<RelationEdge>) {
  const { path, labelX, labelY } = edgePath({ sourceX, sourceY, targetX, targetY }, data?.at ?? 'between');
  return (
    <BaseEdge
      path={path}
      label={label}
      labelX={labelX}
      labelY={labelY}
      labelBgPadding={[3, 1]}
      {...(markerEnd === undefined ? {} : { markerEnd })}
    />
  );
}

const nodeTypes = { thing: Thing };
const edgeTypes = { relation: RelationLine };

function aboutOf(thing: GraphNode, kind: string, isRoot: boolean): string {
  const status = thing.kind === 'run' ? thing.attributes.status : undefined;
  return [kind, status, thing.ended ? 'gone' : undefined, isRoot ? 'start' : undefined].filter(Boolean).join(' · ');
}

function elementsOf(drawn: Drawn, onUnfold: (uri: string) => void): { nodes: ThingNode[]; edges: RelationEdge[] } {
  const places = layered(
    drawn.nodes.map((node) => node.uri),
    drawn.edges,
    sizes,
  );
  const withWords = drawn.edges.length <= mostWords;
  return {
    nodes: drawn.nodes.map((thing) => ({
      id: thing.uri,
      type: 'thing',
      position: places.get(thing.uri) ?? { x: 0, y: 0 },
      width: sizes.width,
      height: sizes.height,
      data: { thing, isRoot: thing.uri === drawn.root, onUnfold },
    })),
    edges: drawn.edges.map((edge) => ({
      id: `${edge.from} ${edge.type} ${edge.to}`,
      type: 'relation',
      data: { at: wordsAt(edge, drawn.edges) },
      source: edge.from,
      target: edge.to,
      className: edge.now ? (classes.edge ?? '') : `${classes.edge} ${classes.once}`,
      markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16, color: 'var(--mesh-idle)' },
      ...(withWords ? { label: wordsOf(edge) } : {}),
    })),
  };
}
