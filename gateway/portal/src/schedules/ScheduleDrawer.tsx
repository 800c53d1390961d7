import { Button, Drawer, Group, Skeleton, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { RelativeTime } from '../format/RelativeTime';
import { duration, exact } from '../format/times';
import { JobFacts } from '../functions/JobFacts';
import { Facts } from '../shell/Facts';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import { ScreenLink } from '../shell/ScreenLink';
import { StatusBadge } from '../shell/StatusBadge';
import { nextTimesQuery, type Schedule } from './queries';
import type { Action } from './SchedulesScreen';
import { misfires, overlaps } from './scheduleDraft';
import { whenText } from './when';

interface ScheduleDrawerProps {
  project: string;
  schedule: Schedule;
  onClose: () => void;
  onAct: (action: Action) => void;
}

/** A schedule: its policies, what it submits, and its next times. */
export function ScheduleDrawer({ project, schedule, onClose, onAct }: ScheduleDrawerProps) {
  const next = useQuery(nextTimesQuery(project, schedule.name, 10));
  const { job } = schedule;
  return (
    <Drawer opened onClose={onClose} position="right" closeButtonProps={{ 'aria-label': 'Close' }} size="md" title={schedule.name}>
      <Stack gap="md">
        <Group gap="xs">
          <StatusBadge status={schedule.isPaused ? 'paused' : 'active'} />
          <Button variant="default" ml="auto" onClick={() => onAct('toggle')}>
            {schedule.isPaused ? 'Resume' : 'Pause'}
          </Button>
          <Button variant="default" onClick={() => onAct('edit')}>
            Edit…
          </Button>
          <Button variant="default" onClick={() => onAct('backfill')}>
            Backfill…
          </Button>
        </Group>
        {schedule.description && <p style={{ margin: 0 }}>{schedule.description}</p>}
        <Panel title="When">
          <Facts
            of={[
              ['Due', whenText(schedule)],
              ['Cron', schedule.cron && <code>{schedule.cron}</code>],
              ['Put off by up to', schedule.jitterSeconds ? duration(schedule.jitterSeconds * 1000) : null],
              ['Missed times', misfires[schedule.misfire]],
              ['While the last runs', overlaps[schedule.overlap]],
              ['Last due', schedule.lastDueAt && <RelativeTime at={schedule.lastDueAt} />],
              ['Last skipped', schedule.lastSkipped],
              [
                'Last job',
                schedule.lastJobId && (
                  <ScreenLink to="/p/$project/runs/$run" params={{ project, run: schedule.lastJobId }}>
                    {schedule.lastJobId.slice(0, 8)}
                  </ScreenLink>
                ),
              ],
              [
                'Defined',
                <span key="defined">
                  <RelativeTime at={schedule.definedAt} /> by {schedule.definedBy}
                </span>,
              ],
            ]}
          />
        </Panel>
        <Panel title="Job">
          <JobFacts job={job} />
        </Panel>
        <Panel title="Next times">
          {next.error ? (
            <ProblemNotice error={next.error} onRetry={() => void next.refetch()} />
          ) : next.data ? (
            <ol style={{ margin: 0, padding: '10px 14px 10px 34px' }}>
              {next.data.times.map((time) => (
                <li key={time}>
                  {exact(time)}{' '}
                  <span className="quiet">
                    (<RelativeTime at={time} />)
                  </span>
                </li>
              ))}
            </ol>
          ) : (
            <Skeleton height={200} m="sm" />
          )}
          {schedule.isPaused && (
            <p className="quiet" style={{ margin: 0, padding: '0 14px 10px' }}>
              Paused: these times are let pass until it goes on.
            </p>
          )}
        </Panel>
      </Stack>
    </Drawer>
  );
}
