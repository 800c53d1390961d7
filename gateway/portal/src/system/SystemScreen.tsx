import { Button, Skeleton } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { meQuery } from '../api/session';
import { counted } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { profilesQuery } from '../jobs/queries';
import { EmptyState } from '../shell/EmptyState';
import { Facts } from '../shell/Facts';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import { Screen } from '../shell/Screen';
import { StatusBadge } from '../shell/StatusBadge';
import { BusErrors } from './BusErrors';
import { badgeOf, checksOf } from './checks';
import { busErrorsQuery, busQuery, healthQuery } from './queries';
import classes from './System.module.css';

/** How the mesh itself is: its checks, its services and what they could not handle, where jobs run. */
export function SystemScreen() {
  const me = useQuery(meQuery);
  const admin = me.data?.platformAdmin === true;
  const health = useQuery(healthQuery);
  const bus = useQuery({ ...busQuery, enabled: admin });
  const profiles = useQuery(profilesQuery);
  const services = bus.data?.services ?? [];
  const failures = useQueries({
    queries: services.map(busErrorsQuery),
    combine: (results) => ({
      waiting: results.some(({ isPending }) => isPending),
      problem: results.find(({ error }) => error)?.error ?? null,
      of: results.map(({ data }) => data ?? []),
    }),
  });
  const errors = useMemo(() => failures.of.flat().sort((a, b) => b.at.localeCompare(a.at)), [failures.of]);

  const again = () => void Promise.all([health.refetch(), ...(admin ? [bus.refetch()] : []), profiles.refetch()]);
  return (
    <Screen
      title="System"
      beside={health.data && <StatusBadge status={badgeOf(health.data.status)} label={health.data.status} />}
      actions={
        <Button variant="default" onClick={again} loading={health.isFetching}>
          Check again
        </Button>
      }
    >
      <div className={classes.grid}>
        <Panel
          title="Health"
          aside={health.data && <span className="quiet">checked {<RelativeTime at={new Date(health.dataUpdatedAt).toISOString()} />}</span>}
        >
          {health.error ? (
            <ProblemNotice error={health.error} onRetry={again} />
          ) : health.data ? (
            <ul className={classes.rows}>
              {checksOf(health.data.checks).map(({ name, label, status }) => (
                <li key={name}>
                  <span title={name}>{label}</span>
                  <StatusBadge status={badgeOf(status)} label={status} />
                </li>
              ))}
            </ul>
          ) : (
            <Skeleton height={180} m="sm" />
          )}
        </Panel>
        {admin && (
          <Panel title="Services on the bus">
            {bus.error ? (
              <ProblemNotice error={bus.error} onRetry={() => void bus.refetch()} />
            ) : bus.data ? (
              <ul className={classes.rows}>
                {services.map((service, i) => {
                  const count = failures.of[i]?.length ?? 0;
                  return (
                    <li key={service}>
                      <span>{service}</span>
                      <StatusBadge
                        status={count > 0 ? 'failed' : 'healthy'}
                        label={count > 0 ? `${counted(count, 'event')} not handled` : 'all handled'}
                      />
                    </li>
                  );
                })}
              </ul>
            ) : (
              <Skeleton height={180} m="sm" />
            )}
          </Panel>
        )}
        <Panel title="Where jobs run">
          {profiles.error ? (
            <ProblemNotice error={profiles.error} onRetry={() => void profiles.refetch()} />
          ) : (
            <Facts
              of={(profiles.data ?? []).map(
                (profile) =>
                  [
                    profile.isDefault ? `${profile.name} (default)` : profile.name,
                    [profile.description, profile.image, profile.gpu, `${profile.concurrency} at once on each worker`]
                      .filter(Boolean)
                      .join(' · '),
                  ] as const,
              )}
            />
          )}
        </Panel>
      </div>
      {admin &&
        (failures.problem ? (
          <ProblemNotice error={failures.problem} onRetry={again} />
        ) : errors.length > 0 ? (
          <BusErrors errors={errors} />
        ) : (
          !bus.isPending &&
          !failures.waiting && (
            <Panel title="Events that could not be handled">
              <EmptyState compact title="None">
                What a service cannot handle after several attempts is set aside here, to be handed to it again or dropped.
              </EmptyState>
            </Panel>
          )
        ))}
    </Screen>
  );
}
