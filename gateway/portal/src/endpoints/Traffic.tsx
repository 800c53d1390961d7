import { SegmentedControl, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Chart } from '../charts/Chart';
import { Legend } from '../charts/Legend';
import { useNow } from '../format/now';
import { count, percent } from '../format/numbers';
import { useLiveState } from '../live/LiveProject';
import { EmptyState } from '../shell/EmptyState';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import classes from './Endpoints.module.css';
import { trafficQuery } from './queries';
import { type Span, spans } from './search';
import { knownUntil, milliseconds, seriesOf, upTo } from './traffic';

interface TrafficProps {
  project: string;
  endpoint: string;
  span: Span;
  onSpan: (span: Span) => void;
}

/** What an endpoint was asked: requests, latencies and faults over time. */
export function Traffic({ project, endpoint, span, onSpan }: TrafficProps) {
  const traffic = useQuery(trafficQuery(project, endpoint, span));
  const { data, dataUpdatedAt } = traffic;
  const now = useNow();
  const isLive = useLiveState() === 'live';
  const until = data && isLive ? knownUntil(data, dataUpdatedAt, now) : dataUpdatedAt;
  const series = useMemo(() => data && seriesOf(upTo(data, until), until), [data, until]);
  return (
    <Panel
      title="Traffic"
      aside={
        <SegmentedControl
          aria-label="Span of time"
          value={span}
          onChange={(next) => onSpan(next as Span)}
          data={Object.entries(spans).map(([value, { label }]) => ({ value, label }))}
        />
      }
    >
      {traffic.error ? (
        <ProblemNotice error={traffic.error} onRetry={() => void traffic.refetch()} />
      ) : !data || !series ? (
        <Skeleton height={300} radius={0} />
      ) : data.total.requests === 0 ? (
        <EmptyState compact title={`No request in the ${spans[span].label.toLowerCase()}`}>
          Requests are counted where they are answered, and told every ten seconds.
        </EmptyState>
      ) : (
        <>
          <dl className={classes.totals}>
            <Total name="Requests" value={count(data.total.requests)} />
            <Total name="Rows" value={count(data.total.rows)} />
            <Total name="p50" value={data.total.p50 == null ? '–' : milliseconds(data.total.p50)} />
            <Total name="p95" value={data.total.p95 == null ? '–' : milliseconds(data.total.p95)} />
            <Total name="p99" value={data.total.p99 == null ? '–' : milliseconds(data.total.p99)} />
            <Total name="Refused (4xx)" value={share(data.total.refused, data.total.requests)} />
            <Total name="Failed (5xx)" value={share(data.total.failed, data.total.requests)} />
          </dl>
          <div className={classes.charts}>
            <section aria-label="Requests a minute">
              <h3>
                Requests a minute <Legend series={series.requests} />
              </h3>
              <Chart label="Requests a minute" series={series.requests} time height={170} sync="traffic" />
            </section>
            <section aria-label="Latency">
              <h3>
                Latency <Legend series={series.latency} />
              </h3>
              <Chart label="Latency of answers" series={series.latency} time height={170} formatY={milliseconds} sync="traffic" />
            </section>
            {data.total.refused + data.total.failed > 0 && (
              <section aria-label="Errors a minute">
                <h3>
                  Errors a minute <Legend series={series.faults} />
                </h3>
                <Chart label="Errors a minute" series={series.faults} time height={170} sync="traffic" />
              </section>
            )}
          </div>
        </>
      )}
    </Panel>
  );
}

const share = (part: number, of: number) => (part === 0 ? '0' : `${count(part)} (${percent(part / of)})`);

function Total({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
