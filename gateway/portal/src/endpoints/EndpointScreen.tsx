import { Button, Skeleton } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Chart } from '../charts/Chart';
import { count, counted, measure } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { Columns, PanelColumn } from '../shell/Columns';
import { Confirm } from '../shell/Confirm';
import { EmptyState } from '../shell/EmptyState';
import { Facts } from '../shell/Facts';
import { done } from '../shell/notices';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { ScreenLink } from '../shell/ScreenLink';
import { StatusBadge } from '../shell/StatusBadge';
import classes from './Endpoints.module.css';
import { deleteEndpoint, endpointQuery, type Monitor, monitorQuery, windowsQuery } from './queries';
import { TestRequest } from './TestRequest';

/** One endpoint: what it serves and how well, what its requests look like beside the training, and a request to try. */
export function EndpointScreen() {
  const project = useProject();
  const { endpoint: name } = useParams({ from: '/frame/p/$project/endpoints/$endpoint' });
  const endpoint = useQuery(endpointQuery(project, name));
  const monitor = useQuery(monitorQuery(project, name));
  const [deleting, setDeleting] = useState(false);
  const data = endpoint.data;
  return (
    <Screen
      title={name}
      above={
        <ScreenLink to="/p/$project/endpoints" params={{ project }}>
          Endpoints
        </ScreenLink>
      }
      beside={data && <StatusBadge status={data.status} cause={data.cause} />}
      actions={
        data && (
          <Button variant="default" onClick={() => setDeleting(true)}>
            Delete
          </Button>
        )
      }
    >
      {endpoint.error ? (
        <ProblemNotice error={endpoint.error} onRetry={() => void endpoint.refetch()} />
      ) : !data ? (
        <Skeleton height={300} />
      ) : (
        <>
          {data.cause && <p className={classes.cause}>{data.cause}</p>}
          <Columns>
            <PanelColumn>
              {monitor.error ? (
                <ProblemNotice error={monitor.error} onRetry={() => void monitor.refetch()} />
              ) : monitor.data ? (
                <Drift project={project} monitor={monitor.data} />
              ) : (
                <Panel title="Drift">
                  {monitor.isPending ? (
                    <Skeleton height={180} radius={0} />
                  ) : (
                    <EmptyState compact title="No window yet">
                      Requests are compared with the training hour by hour, from some fifty predictions on.
                    </EmptyState>
                  )}
                </Panel>
              )}
              {data.servingVersion != null && (
                <TestRequest project={project} endpoint={name} model={data.model} version={data.servingVersion} />
              )}
            </PanelColumn>
            <PanelColumn>
              <Panel title="Endpoint">
                <Facts
                  of={[
                    [
                      'Follows',
                      <ScreenLink key="model" to="/p/$project/models/$model" params={{ project, model: data.model }}>
                        {data.model}@{data.alias}
                      </ScreenLink>,
                    ],
                    [
                      'Serves',
                      data.servingVersion != null && (
                        <ScreenLink
                          key="version"
                          to="/p/$project/models/$model/$version"
                          params={{ project, model: data.model, version: String(data.servingVersion) }}
                        >
                          version {data.servingVersion}
                        </ScreenLink>
                      ),
                    ],
                    ['Predictions kept', data.capturePredictions ? count(data.captured) : 'none are'],
                    ['Dropped', data.dropped > 0 && count(data.dropped)],
                    ['Changed', <RelativeTime key="changed" at={data.updatedAt} />],
                    ['By', data.createdBy],
                    ['Address', <code key="address">{`/api/v1/projects/${project}/v2/models/${name}/infer`}</code>],
                  ]}
                />
              </Panel>
              {monitor.data && <Thresholds monitor={monitor.data} />}
            </PanelColumn>
          </Columns>
        </>
      )}
      {deleting && <DeleteEndpoint project={project} endpoint={name} onClose={() => setDeleting(false)} />}
    </Screen>
  );
}

function Drift({ project, monitor }: { project: string; monitor: Monitor }) {
  const windows = useQuery(windowsQuery(project, monitor.endpoint));
  const last = monitor.lastWindow;
  const features = useMemo(() => [...(last?.features ?? [])].sort((a, b) => b.psi - a.psi), [last]);
  const series = useMemo(() => {
    const rows = [...(windows.data?.items ?? [])].reverse();
    const worst = (of: (feature: { psi: number; jensenShannon: number }) => number) =>
      rows.map((row) => Math.max(0, ...row.features.map(of)));
    const x = rows.map((row) => Date.parse(row.from) / 1000);
    return [
      { id: 'psi', label: 'Highest PSI', x, y: worst((feature) => feature.psi) },
      { id: 'js', label: 'Highest Jensen-Shannon', x, y: worst((feature) => feature.jensenShannon) },
    ];
  }, [windows.data]);
  const most = Math.max(monitor.settings.psiThreshold * 1.5, ...features.map((feature) => feature.psi));
  return (
    <Panel title="Drift" aside={<StatusBadge status={monitor.status} />}>
      {series[0] && series[0].x.length > 1 && (
        <div className={classes.chart}>
          <Chart label="The highest drift of any feature, window by window" series={series} time height={180} />
        </div>
      )}
      {last ? (
        <>
          <p className={classes.window}>
            {counted(last.rows, 'prediction')} of version {last.modelVersion}, from <RelativeTime at={last.from} /> on, against the training
          </p>
          <table className={classes.features}>
            <thead>
              <tr>
                <th scope="col">Feature</th>
                <th scope="col">PSI</th>
                <th scope="col">
                  <span className="unseen">PSI as a bar</span>
                </th>
                <th scope="col">Jensen-Shannon</th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              {features.map((feature) => (
                <tr key={feature.feature}>
                  <th scope="row" className="line" title={feature.feature}>
                    {feature.feature}
                  </th>
                  <td>{measure(feature.psi, 3)}</td>
                  <td>
                    <span className={classes.track} aria-hidden>
                      <span
                        className={classes.bar}
                        data-drifted={feature.drifted || undefined}
                        style={{ width: `${Math.min(100, (100 * feature.psi) / most)}%` }}
                      />
                      <span
                        className={classes.threshold}
                        style={{ left: `${Math.min(100, (100 * monitor.settings.psiThreshold) / most)}%` }}
                      />
                    </span>
                  </td>
                  <td>{measure(feature.jensenShannon, 3)}</td>
                  <td>{feature.drifted ? <StatusBadge status="drifted" /> : <span className="quiet">like training</span>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      ) : (
        <EmptyState compact title="No window yet">
          A window is compared when it has {counted(monitor.settings.minRows, 'prediction')}.
        </EmptyState>
      )}
    </Panel>
  );
}

function Thresholds({ monitor: { settings, predictions } }: { monitor: Monitor }) {
  return (
    <Panel title="What counts as drift">
      <Facts
        of={[
          ['Window', `${settings.windowSeconds / 60} min, from ${counted(settings.minRows, 'prediction')} on`],
          ['Feature', `PSI above ${settings.psiThreshold} or Jensen-Shannon above ${settings.jsThreshold}`],
          ['Window drifts', `from ${counted(settings.minFeatures, 'feature')} on`],
          ['Is told', `after ${counted(settings.windowsToDetect, 'window')}, taken back after ${settings.windowsToClear}`],
          ['Seen so far', counted(predictions, 'prediction')],
        ]}
      />
    </Panel>
  );
}

function DeleteEndpoint({ project, endpoint, onClose }: { project: string; endpoint: string; onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (
    <Confirm
      title={`Delete ${endpoint}?`}
      verb="Delete"
      act={() => deleteEndpoint(project, endpoint)}
      onDone={() => {
        done(`${endpoint} is deleted`);
        void queries.invalidateQueries({ queryKey: [project, 'endpoints'], refetchType: 'none' });
        void navigate({ to: '/p/$project/endpoints', params: { project } });
      }}
      onClose={onClose}
    >
      Requests to it are refused from then on, and it is watched for drift no more. Its model and versions stay, and so do the predictions
      that were kept.
    </Confirm>
  );
}
