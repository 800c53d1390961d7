import { Button, Drawer, Group, Skeleton, Stack } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { rowsOf } from '../api/paging';
import { counted } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { duration } from '../format/times';
import { JobFacts } from '../functions/JobFacts';
import { EmptyState } from '../shell/EmptyState';
import { Facts } from '../shell/Facts';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import { ScreenLink } from '../shell/ScreenLink';
import { StatusBadge } from '../shell/StatusBadge';
import classes from './Alerts.module.css';
import { activationsQuery, type Rule } from './queries';

interface AlertDrawerProps {
  project: string;
  rule: Rule;
  onClose: () => void;
  onAct: (action: 'edit' | 'delete') => void;
}

/** A rule: on what it acts, what it submits, and the times that it did. */
export function AlertDrawer({ project, rule, onClose, onAct }: AlertDrawerProps) {
  const { job } = rule.action;
  return (
    <Drawer opened onClose={onClose} position="right" closeButtonProps={{ 'aria-label': 'Close' }} size="md" title={rule.name}>
      <Stack gap="md">
        <Group gap="xs" justify="flex-end">
          <Button variant="default" onClick={() => onAct('delete')}>
            Delete…
          </Button>
          <Button variant="default" onClick={() => onAct('edit')}>
            Edit…
          </Button>
        </Group>
        {rule.description && <p className={classes.text}>{rule.description}</p>}
        <Panel title="Rule">
          <Facts
            of={[
              [
                'Acts on',
                <Link key="on" to="/p/$project/events" params={{ project }} search={{ types: rule.eventType }}>
                  {rule.eventType}
                </Link>,
              ],
              ['Of', rule.subject ?? 'anything'],
              ['Pause', rule.cooldownSeconds > 0 && `${duration(rule.cooldownSeconds * 1000)} after each time`],
              ['Let pass', (rule.suppressed ?? 0) > 0 && counted(rule.suppressed ?? 0, 'event')],
              [
                'Defined',
                <span key="defined">
                  <RelativeTime at={rule.createdAt} /> by {rule.createdBy}
                </span>,
              ],
            ]}
          />
        </Panel>
        {job && (
          <Panel title="Job">
            <JobFacts job={job} />
          </Panel>
        )}
        <Activations project={project} rule={rule} />
      </Stack>
    </Drawer>
  );
}

function Activations({ project, rule }: { project: string; rule: Rule }) {
  const activations = useInfiniteQuery(activationsQuery(project, rule.name));
  const rows = rowsOf(activations.data);
  return (
    <Panel title="Times that it acted">
      {activations.error ? (
        <ProblemNotice error={activations.error} onRetry={() => void activations.refetch()} />
      ) : activations.isPending ? (
        <Skeleton height={90} m="sm" />
      ) : rows.length === 0 ? (
        <EmptyState compact title="Not yet">
          It acts on the next {rule.eventType}
          {rule.subject && ` of ${rule.subject}`}.
        </EmptyState>
      ) : (
        <ul className={classes.activations}>
          {rows.map((row) => (
            <li key={row.eventId}>
              <RelativeTime at={row.at} />
              {row.jobId ? (
                <ScreenLink to="/p/$project/runs/$run" params={{ project, run: row.jobId }}>
                  job {row.jobId.slice(0, 8)}
                </ScreenLink>
              ) : (
                <StatusBadge status="failed" label="no job" />
              )}
              <span className="quiet" title={`Event ${row.eventId}`}>
                {row.cause ?? `event ${row.eventId.slice(0, 8)}`}
              </span>
            </li>
          ))}
        </ul>
      )}
      {activations.hasNextPage && (
        <Button variant="subtle" m="xs" loading={activations.isFetchingNextPage} onClick={() => void activations.fetchNextPage()}>
          Earlier ones
        </Button>
      )}
    </Panel>
  );
}
