import { useQuery } from '@tanstack/react-query';
import { endpointsQuery, monitorsQuery } from '../endpoints/queries';
import { counted } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { EmptyState } from '../shell/EmptyState';
import { Panel } from '../shell/Panel';
import { ScreenLink } from '../shell/ScreenLink';
import { StatusBadge } from '../shell/StatusBadge';
import classes from './HomeScreen.module.css';
import { Part } from './Part';

const drifts: Record<string, string> = { unknown: 'drift not known', stable: 'no drift', suspected: 'drift suspected', drifted: 'drifted' };

/** Endpoints: what they serve, whether they are well, whether their data drift. */
export function Endpoints({ project }: { project: string }) {
  const endpoints = useQuery(endpointsQuery(project));
  const monitors = useQuery(monitorsQuery(project));
  return (
    <Panel title="Endpoints">
      <Part query={endpoints} rows={2}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState compact title="No endpoint yet" command={`mesh endpoints deploy NAME MODEL@champion -P ${project}`}>
              An endpoint answers predictions of a registered model, follows its alias, and is watched for drift.
            </EmptyState>
          ) : (
            <ul className={classes.list}>
              {items.map((endpoint) => {
                const monitor = monitors.data?.get(endpoint.name);
                return (
                  <li key={endpoint.name} className={`${classes.row} ${classes.endpoint}`}>
                    <ScreenLink
                      to="/p/$project/endpoints/$endpoint"
                      params={{ project, endpoint: endpoint.name }}
                      className={`line ${classes.name}`}
                      title={endpoint.name}
                    >
                      {endpoint.name}
                    </ScreenLink>
                    <span className="line quiet" title={`Alias ${endpoint.alias}`}>
                      {endpoint.model}
                      {endpoint.servingVersion ? `@${endpoint.servingVersion}` : ''} · {endpoint.alias}
                    </span>
                    <StatusBadge status={endpoint.status} cause={endpoint.cause} />
                    {monitor ? (
                      <span title={monitor.predictions ? `${counted(monitor.predictions, 'prediction')} captured` : undefined}>
                        <StatusBadge status={monitor.status} label={drifts[monitor.status] ?? monitor.status} />
                      </span>
                    ) : (
                      <span className="quiet">not watched</span>
                    )}
                    <span className={`quiet ${classes.end}`}>
                      <RelativeTime at={endpoint.updatedAt} />
                    </span>
                    {endpoint.cause && <span className={classes.bad}>{endpoint.cause}</span>}
                  </li>
                );
              })}
            </ul>
          )
        }
      </Part>
    </Panel>
  );
}
