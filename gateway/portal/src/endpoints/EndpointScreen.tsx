import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { AlertsOf } from '../alerts/AlertsOf';
import { count, counted } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { useChanges } from '../live/useChanges';
import { Columns, PanelColumn } from '../shell/Columns';
import { EmptyState } from '../shell/EmptyState';
import { Facts } from '../shell/Facts';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { ScreenLink } from '../shell/ScreenLink';
import { StatusBadge } from '../shell/StatusBadge';
import { DeleteEndpoint } from './DeleteEndpoint';
import { DeployForm } from './DeployForm';
import { Drift } from './Drift';
import classes from './Endpoints.module.css';
import { type Endpoint, endpointQuery, type Monitor, monitorQuery } from './queries';
import type { EndpointSearch } from './search';
import { TestRequest } from './TestRequest';
import { ThresholdsForm } from './ThresholdsForm';
import { Traffic } from './Traffic';

/** One endpoint: what it serves and how well, what its requests look like beside the training, and a request to try. */
export function EndpointScreen() {
  const project = useProject();
  const { endpoint: name } = useParams({ from: '/frame/p/$project/endpoints/$endpoint' });
  const search = useSearch({ from: '/frame/p/$project/endpoints/$endpoint' });
  const navigate = useNavigate();
  const endpoint = useQuery(endpointQuery(project, name));
  const monitor = useQuery(monitorQuery(project, name));
  useChanges(monitor.data ? `/api/v1/projects/${encodeURIComponent(project)}/monitors/${encodeURIComponent(name)}/stream` : null, {
    // What was asked may have been kept, too.
    traffic: [
      [project, 'monitors', 'traffic', name],
      [project, 'monitors', 'one', name],
    ],
    monitor: [
      [project, 'monitors', 'windows', name],
      [project, 'monitors', 'one', name],
    ],
  });
  const [doing, setDoing] = useState<'delete' | 'deploy' | 'thresholds' | null>(null);
  const data = endpoint.data;
  const show = (change: { [Key in keyof EndpointSearch]: EndpointSearch[Key] | undefined }) =>
    void navigate({
      to: '/p/$project/endpoints/$endpoint',
      params: { project, endpoint: name },
      search: Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, value]) => value !== undefined)),
      replace: true,
      resetScroll: false,
    });
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
          <>
            <Button variant="default" onClick={() => setDoing('delete')}>
              Delete
            </Button>
            <Button variant="default" onClick={() => setDoing('deploy')}>
              Change…
            </Button>
          </>
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
              <Traffic
                project={project}
                endpoint={name}
                span={search.span ?? 'hour'}
                onSpan={(span) => show({ span: span === 'hour' ? undefined : span })}
              />
              {monitor.error ? (
                <ProblemNotice error={monitor.error} onRetry={() => void monitor.refetch()} />
              ) : monitor.data ? (
                <Drift
                  project={project}
                  monitor={monitor.data}
                  window={search.window}
                  feature={search.feature}
                  onWindow={(window) => show({ window })}
                  onFeature={(feature) => show({ feature })}
                />
              ) : (
                <Panel title="Drift">
                  {monitor.isPending ? (
                    <Skeleton height={180} radius={0} />
                  ) : (
                    <EmptyState compact title="Not watched yet">
                      What watches an endpoint is made a moment after it is deployed.
                    </EmptyState>
                  )}
                </Panel>
              )}
            </PanelColumn>
            <PanelColumn>
              <About project={project} endpoint={data} kept={monitor.data?.predictions} />
              {data.servingVersion != null && (
                <TestRequest project={project} endpoint={name} model={data.model} version={data.servingVersion} />
              )}
              {monitor.data && <Thresholds monitor={monitor.data} onEdit={() => setDoing('thresholds')} />}
              <AlertsOf project={project} subject={name} />
            </PanelColumn>
          </Columns>
        </>
      )}
      {doing === 'delete' && <DeleteEndpoint project={project} endpoint={name} onClose={() => setDoing(null)} />}
      {doing === 'deploy' && data && <DeployForm project={project} endpoint={data} onClose={() => setDoing(null)} />}
      {doing === 'thresholds' && monitor.data && <ThresholdsForm project={project} monitor={monitor.data} onClose={() => setDoing(null)} />}
    </Screen>
  );
}

function About({ project, endpoint, kept }: { project: string; endpoint: Endpoint; kept: number | undefined }) {
  return (
    <Panel title="Endpoint">
      <Facts
        of={[
          [
            'Follows',
            <ScreenLink key="model" to="/p/$project/models/$model" params={{ project, model: endpoint.model }}>
              {endpoint.model}@{endpoint.alias}
            </ScreenLink>,
          ],
          [
            'Serves',
            endpoint.servingVersion != null && (
              <ScreenLink
                key="version"
                to="/p/$project/models/$model/$version"
                params={{ project, model: endpoint.model, version: String(endpoint.servingVersion) }}
              >
                version {endpoint.servingVersion}
              </ScreenLink>
            ),
          ],
          ['Predictions kept', endpoint.capturePredictions ? (kept === undefined ? 'yes' : count(kept)) : 'none are'],
          ['Dropped', endpoint.dropped > 0 && count(endpoint.dropped)],
          ['Changed', <RelativeTime key="changed" at={endpoint.updatedAt} />],
          ['By', endpoint.createdBy],
          ['Address', <code key="address">{`/api/v1/projects/${project}/v2/models/${endpoint.name}/infer`}</code>],
        ]}
      />
    </Panel>
  );
}

function Thresholds({ monitor: { settings, predictions, late }, onEdit }: { monitor: Monitor; onEdit: () => void }) {
  return (
    <Panel
      title="What counts as drift"
      aside={
        <Button variant="subtle" size="compact-xs" onClick={onEdit}>
          Edit…
        </Button>
      }
    >
      <Facts
        of={[
          ['Window', `${settings.windowSeconds / 60} min, from ${counted(settings.minRows, 'prediction')} on`],
          ['Feature', `PSI from ${settings.psiThreshold} or Jensen-Shannon from ${settings.jsThreshold}`],
          ['Window drifts', `from ${counted(settings.minFeatures, 'feature')} on`],
          ['Is told', `after ${counted(settings.windowsToDetect, 'window')}, taken back after ${settings.windowsToClear}`],
          ['Seen so far', counted(predictions, 'prediction')],
          ['Came too late', (late ?? 0) > 0 && counted(late ?? 0, 'prediction')],
        ]}
      />
    </Panel>
  );
}
