import { Button, Skeleton, useComputedColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Chart, type Series } from '../../charts/Chart';
import { Panel } from '../../shell/Panel';
import { ProblemNotice } from '../../shell/ProblemNotice';
import { seriesColor } from '../../theme';
import type { Run } from '../rows';
import { bandOf, type Curve } from './bands';
import classes from './Compare.module.css';
import { curvesOf } from './fields';
import type { Group } from './grouping';
import { linesQuery } from './queries';

const firstGroups = 10;

interface GroupCurvesProps {
  project: string;
  runs: readonly Run[];
  groups: readonly Group[];
  metrics: readonly string[];
  around: 'deviation' | 'range';
}

/** Metrics with a history as charts: a line for the mean of each group, a band around it. */
export function GroupCurves({ project, runs, groups, metrics, around }: GroupCurvesProps) {
  const [zoom, setZoom] = useState<[number, number] | null>(null);
  const [all, setAll] = useState(false);
  const curves = useMemo(() => new Set(curvesOf(runs)), [runs]);
  const drawn = useMemo(() => (all ? groups : groups.slice(0, firstGroups)), [groups, all]);
  const shown = metrics.filter((name) => curves.has(name));
  const once = metrics.length - shown.length;
  return (
    <>
      <p className={classes.cut}>
        Lines are means over the runs of a group, bands{' '}
        {around === 'range' ? 'reach from the lowest to the highest of them' : 'are one deviation'}.
        {once > 0 && ` ${once === 1 ? '1 metric has' : `${once} metrics have`} one point for each run and no chart.`}
        {groups.length > firstGroups && (
          <>
            {` ${all ? `All ${groups.length}` : `The first ${firstGroups} of ${groups.length}`} groups. `}
            <Button variant="subtle" size="compact-xs" onClick={() => setAll(!all)}>
              {all ? `The first ${firstGroups}` : 'All groups'}
            </Button>
          </>
        )}
      </p>
      <div className={classes.charts}>
        {shown.map((name) => (
          <Bands key={name} project={project} name={name} runs={runs} groups={drawn} around={around} zoom={zoom} onZoom={setZoom} />
        ))}
      </div>
    </>
  );
}

interface BandsProps {
  project: string;
  name: string;
  runs: readonly Run[];
  groups: readonly Group[];
  around: 'deviation' | 'range';
  zoom: [number, number] | null;
  onZoom: (zoom: [number, number] | null) => void;
}

function Bands({ project, name, runs, groups, around, zoom, onZoom }: BandsProps) {
  const scheme = useComputedColorScheme('light');
  const ids = useMemo(() => runs.map((run) => run.id), [runs]);
  const lines = useQuery(linesQuery(project, ids, name));
  const series = useMemo(() => {
    const curves = new Map((lines.data ?? []).map((chart): [string, Curve] => [chart.run, { x: chart.x, y: chart.values.map(finite) }]));
    return groups.flatMap((group, i): Series[] => {
      const band = bandOf(
        group.runs.flatMap((run) => curves.get(run.id) ?? []),
        around,
      );
      const label = `${group.label} (${group.runs.length})`;
      return band.x.length < 2
        ? []
        : [{ id: group.key, label, x: band.x, y: band.mean, color: seriesColor(i, scheme), band: { low: band.low, high: band.high } }];
    });
  }, [lines.data, groups, around, scheme]);
  return (
    <Panel title={name}>
      <div className={classes.chart}>
        {lines.error ? (
          <ProblemNotice error={lines.error} onRetry={() => void lines.refetch()} />
        ) : lines.data ? (
          <Chart
            label={`Mean of ${name} by step, a line for each group`}
            series={series}
            xLabel="Step"
            sync="groups"
            zoom={zoom}
            onZoom={onZoom}
            height={260}
          />
        ) : (
          <Skeleton height={260} />
        )}
        <ul className={classes.lineNames}>
          {series.map((one) => (
            <li key={one.id}>
              <i style={{ background: one.color }} aria-hidden />
              {one.label}
            </li>
          ))}
        </ul>
      </div>
    </Panel>
  );
}

const finite = (value: unknown): number | null => (Number.isFinite(Number(value)) ? Number(value) : null);
