import { Select, Skeleton } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Fragment, useMemo } from 'react';
import { Chart } from '../charts/Chart';
import { Legend } from '../charts/Legend';
import { count, counted, measure } from '../format/numbers';
import { exact, relative } from '../format/times';
import { EmptyState } from '../shell/EmptyState';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import { StatusBadge } from '../shell/StatusBadge';
import classes from './Endpoints.module.css';
import { PairedBars } from './PairedBars';
import type { Distribution } from './pairs';
import { distributionsQuery, type Monitor, type Window, windowsQuery } from './queries';

interface DriftProps {
  project: string;
  monitor: Monitor;
  /** The window that is shown, by its beginning; the newest without. */
  window: string | undefined;
  /** The feature that is opened. */
  feature: string | undefined;
  onWindow: (from: string | undefined) => void;
  onFeature: (feature: string | undefined) => void;
}

/** What requests look like beside the training: window by window, feature by feature, bin by bin. */
export function Drift({ project, monitor, window, feature, onWindow, onFeature }: DriftProps) {
  const windows = useQuery(windowsQuery(project, monitor.endpoint));
  const all = windows.data?.items ?? [];
  const shown = all.find(({ from }) => from === window) ?? all[0];
  const series = useMemo(() => worstOf(windows.data?.items ?? []), [windows.data]);
  return (
    <Panel title="Drift" aside={<StatusBadge status={monitor.status} />}>
      {series[0] && series[0].x.length > 1 && (
        <div className={classes.chart}>
          <Legend series={series} />
          <Chart label="The highest drift of any feature, window by window" series={series} time height={150} />
        </div>
      )}
      {windows.error ? (
        <ProblemNotice error={windows.error} onRetry={() => void windows.refetch()} />
      ) : windows.isPending ? (
        <Skeleton height={180} radius={0} />
      ) : shown ? (
        <>
          <div className={classes.window}>
            <Select
              aria-label="Window"
              data={all.map((one) => ({ value: one.from, label: nameOf(one) }))}
              value={shown.from}
              onChange={(from) => onWindow(!from || from === all[0]?.from ? undefined : from)}
              allowDeselect={false}
              w={330}
            />
            <span className="quiet" title={`${exact(shown.from)} to ${exact(shown.to)}`}>
              {counted(shown.rows, 'prediction')} against the training of version {shown.modelVersion}
            </span>
          </div>
          <Features project={project} monitor={monitor} window={shown} feature={feature} onFeature={onFeature} />
        </>
      ) : (
        <EmptyState compact title="No window yet">
          A window of {monitor.settings.windowSeconds / 60} min is compared with the training when it has{' '}
          {counted(monitor.settings.minRows, 'prediction')}.
        </EmptyState>
      )}
    </Panel>
  );
}

type FeaturesProps = Pick<DriftProps, 'project' | 'monitor' | 'feature' | 'onFeature'> & { window: Window };

function Features({ project, monitor, window, feature, onFeature }: FeaturesProps) {
  const distributions = useQuery({ ...distributionsQuery(project, monitor.endpoint, window), placeholderData: keepPreviousData });
  const rows = useMemo(() => [...(distributions.data?.features ?? [])].sort((a, b) => b.psi - a.psi), [distributions.data]);
  if (distributions.error) return <ProblemNotice error={distributions.error} onRetry={() => void distributions.refetch()} />;
  if (distributions.isPending) return <Skeleton height={260} radius={0} />;
  const { psiThreshold, jsThreshold } = monitor.settings;
  const { counted: of, rows: inWindow } = distributions.data;
  return (
    <>
      {of < inWindow && (
        <p className={classes.note}>
          Counted over a sample of {count(of)} of {counted(inWindow, 'prediction')}.
        </p>
      )}
      <table className={classes.features} aria-busy={distributions.isPlaceholderData}>
        <thead>
          <tr>
            <th scope="col">Feature</th>
            <th scope="col" title="Population stability index, and from where on it counts as drift">
              PSI ≥ {psiThreshold}
            </th>
            <th scope="col">
              <span className="unseen">PSI as a bar</span>
            </th>
            <th scope="col" title="Jensen-Shannon distance, and from where on it counts as drift">
              JS ≥ {jsThreshold}
            </th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Fragment key={row.feature}>
              <tr data-open={row.feature === feature || undefined}>
                <th scope="row">
                  <Opener row={row} isOpen={row.feature === feature} onFeature={onFeature} />
                </th>
                <td>{measure(row.psi, 3)}</td>
                <td>
                  <PsiBar row={row} threshold={psiThreshold} most={Math.max(psiThreshold * 1.5, rows[0]?.psi ?? 0)} />
                </td>
                <td>{measure(row.jensenShannon, 3)}</td>
                <td>{row.drifted ? <StatusBadge status="drifted" /> : <span className="quiet">like training</span>}</td>
              </tr>
              {row.feature === feature && (
                <tr data-histogram>
                  <td colSpan={5}>
                    <PairedBars of={row} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Opener({ row, isOpen, onFeature }: { row: Distribution; isOpen: boolean; onFeature: (feature: string | undefined) => void }) {
  const Mark = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <button
      type="button"
      className={classes.opener}
      aria-expanded={isOpen}
      onClick={() => onFeature(isOpen ? undefined : row.feature)}
      title={row.feature}
    >
      <Mark size={14} aria-hidden />
      <span className="line">{row.feature}</span>
    </button>
  );
}

function PsiBar({ row, threshold, most }: { row: Distribution; threshold: number; most: number }) {
  const percentOf = (value: number) => `${Math.min(100, (100 * value) / most)}%`;
  return (
    <span className={classes.track} aria-hidden>
      <span className={classes.bar} data-drifted={row.drifted || undefined} style={{ width: percentOf(row.psi) }} />
      <span className={classes.threshold} style={{ left: percentOf(threshold) }} />
    </span>
  );
}

const nameOf = (window: Window): string =>
  `${relative(window.from, Date.now())}, version ${window.modelVersion}, ${window.drifted ? 'drifted' : 'not drifted'}`;

/** The highest drift of any feature, window by window, oldest first. */
function worstOf(windows: readonly Window[]) {
  const rows = [...windows].reverse();
  const worst = (of: (feature: { psi: number; jensenShannon: number }) => number) =>
    rows.map((row) => Math.max(0, ...row.features.map(of)));
  const x = rows.map((row) => Date.parse(row.from) / 1000);
  return [
    { id: 'psi', label: 'Highest PSI', x, y: worst((feature) => feature.psi) },
    { id: 'js', label: 'Highest Jensen-Shannon', x, y: worst((feature) => feature.jensenShannon), dash: [6, 3] },
  ];
}
