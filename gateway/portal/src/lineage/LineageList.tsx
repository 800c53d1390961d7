import { Fragment } from 'react';
import { counted } from '../format/numbers';
import { FromHere } from './FromHere';
import { type Drawn, type GraphNode, kindOf, wordsOf } from './graph';
import { KindIcon } from './KindIcon';
import classes from './Lineage.module.css';
import { ThingLink } from './ThingLink';

/** The graph in words: what came before and what came after, the nearest first, each with how it is joined to what is nearer. */
export function LineageList({ drawn }: { drawn: Drawn }) {
  const nodes = new Map(drawn.nodes.map((node) => [node.uri, node]));
  const parts: [string, GraphNode[]][] = [
    ['Made from', drawn.nodes.filter((node) => node.distance < 0).sort((a, b) => b.distance - a.distance)],
    ['Led to', drawn.nodes.filter((node) => node.distance > 0).sort((a, b) => a.distance - b.distance)],
  ];
  return (
    <div className={classes.list}>
      {parts.map(([title, of]) =>
        of.length === 0 ? null : (
          <section key={title} aria-label={title}>
            <h3>
              {title} <span className="quiet">{of.length}</span>
            </h3>
            <ol>
              {of.map((node) => (
                <li key={node.uri}>
                  <KindIcon node={node} className={classes.icon} />
                  <div className={classes.entry}>
                    <ThingLink uri={node.uri} title={node.title} className="line">
                      {node.title}
                    </ThingLink>
                    <span className={classes.about}>
                      {kindOf(node)}
                      {node.ended && ', gone'}, {counted(Math.abs(node.distance), 'step')}
                      {joinsOf(node, drawn, nodes).map(({ words, other }) => (
                        <Fragment key={`${words} ${other.uri}`}>
                          ; {words} {other.uri === drawn.root ? 'the start' : other.title}
                        </Fragment>
                      ))}
                    </span>
                  </div>
                  <FromHere node={node} />
                </li>
              ))}
            </ol>
          </section>
        ),
      )}
    </div>
  );
}

/** How a thing is joined to what is nearer to the start. */
function joinsOf(node: GraphNode, drawn: Drawn, nodes: ReadonlyMap<string, GraphNode>): { words: string; other: GraphNode }[] {
  return drawn.edges.flatMap((edge) => {
    const uri = edge.from === node.uri ? edge.to : edge.to === node.uri ? edge.from : null;
    const other = uri === null ? undefined : nodes.get(uri);
    if (!other || Math.abs(other.distance) >= Math.abs(node.distance)) return [];
    return [{ words: wordsOf(edge, edge.from === node.uri ? 'start' : 'end'), other }];
  });
}
