import { SegmentedControl, Select, Skeleton } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { counted } from '../format/numbers';
import { EmptyState } from '../shell/EmptyState';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { readOf, writeAddress } from './address';
import { drawnOf, folded } from './graph';
import classes from './Lineage.module.css';
import { LineageList } from './LineageList';
import { lineageQuery, mostThings } from './queries';
import { type Direction, depths, type Extent, usual } from './search';

const LineageGraph = lazy(() => import('./LineageGraph').then((module) => ({ default: module.LineageGraph })));

interface LineageOfProps {
  /** A kind of artifact, such as `dataset`; or `run`, `function`, `registered-model`, `endpoint`. */
  kind: string;
  /** Key, name or id, with `@version` or `#alias` where it has one; without, the newest is meant. */
  name: string;
  /** How much is shown, where the address holds it; else the part keeps it itself. */
  extent?: Extent;
  onExtent?: (extent: Extent) => void;
}

const directionLabels: Record<Direction, string> = { both: 'Both', up: 'Made from', down: 'Led to' };

/** What a thing was made from and what it led to, as a graph, and in words beside it. */
export function LineageOf({ kind, name, extent, onExtent }: LineageOfProps) {
  const project = useProject();
  const [own, setOwn] = useState<Extent>(usual);
  const shown = extent ?? own;
  const change = onExtent ?? setOwn;
  const thing = readOf(project, `${kind}:${name}`);
  const uri = thing ? writeAddress(thing) : '';
  const lineage = useQuery({ ...lineageQuery(project, uri, shown), placeholderData: keepPreviousData, enabled: uri !== '' });
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const unfold = useCallback((first: string) => setOpen((before) => new Set(before).add(first)), []);
  const whole = useMemo(() => lineage.data && drawnOf(lineage.data), [lineage.data]);
  const drawn = useMemo(() => whole && folded(whole, open), [whole, open]);

  if (lineage.error) return <ProblemNotice error={lineage.error} onRetry={() => void lineage.refetch()} />;
  if (lineage.data === null || uri === '') {
    return (
      <EmptyState title="No lineage yet">
        Nothing is known of {name} here: no run has used or made it, or the events about it are still on their way.
      </EmptyState>
    );
  }
  if (!whole || !drawn) return <Skeleton height={360} />;
  const start = whole.nodes.find((node) => node.uri === whole.root);
  return (
    <div className={classes.whole}>
      <div className={classes.controls}>
        <SegmentedControl
          aria-label="Direction"
          value={shown.direction}
          data={Object.entries(directionLabels).map(([value, label]) => ({ value, label }))}
          onChange={(direction) => change({ ...shown, direction: direction as Direction })}
        />
        <Select
          aria-label="Depth"
          data={[...new Set([...depths, shown.depth])]
            .sort((a, b) => a - b)
            .map((depth) => ({ value: String(depth), label: `${counted(depth, 'step')} far` }))}
          value={String(shown.depth)}
          onChange={(depth) => change({ ...shown, depth: Number(depth) })}
          allowDeselect={false}
          w={120}
        />
        <span className="quiet" role="status">
          {lineage.data?.truncated
            ? `More than can be shown: the nearest ${mostThings} things.`
            : counted(whole.nodes.length - 1, 'thing beside the start', 'things beside the start')}
        </span>
      </div>
      {whole.nodes.length < 2 ? (
        <EmptyState title="Nothing is joined with it">
          {shown.direction === 'both'
            ? 'It was made by no run that Mesh knows, and nothing was made from it.'
            : shown.direction === 'up'
              ? 'It was made from nothing that Mesh knows.'
              : 'Nothing was made from it so far.'}
        </EmptyState>
      ) : (
        <div className={classes.beside}>
          <div className={classes.frame}>
            <Suspense fallback={<Skeleton height="100%" />}>
              <LineageGraph label={`Lineage of ${start?.title ?? name}`} drawn={drawn} onUnfold={unfold} />
            </Suspense>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
          <section className={classes.words} aria-label="The same in words" tabIndex={0}>
            <LineageList drawn={whole} />
          </section>
        </div>
      )}
    </div>
  );
}
