import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconDots, IconPlus } from '@tabler/icons-react';
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { RelativeTime } from '../format/RelativeTime';
import { subjectOf } from '../functions/jobDraft';
import { type Job, jobQuery } from '../jobs/queries';
import { causeOf } from '../jobs/search';
import { Confirm } from '../shell/Confirm';
import { EmptyState } from '../shell/EmptyState';
import { LiveMark } from '../shell/LiveMark';
import { done, failed } from '../shell/notices';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { ScreenLink } from '../shell/ScreenLink';
import { StatusBadge } from '../shell/StatusBadge';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { Backfill } from './Backfill';
import { deleteSchedule, pauseSchedule, resumeSchedule, type Schedule, schedulesQuery } from './queries';
import { ScheduleDrawer } from './ScheduleDrawer';
import { ScheduleForm } from './ScheduleForm';
import { whenText } from './when';

export type Action = 'edit' | 'backfill' | 'delete' | 'toggle';

const idOf = (schedule: Schedule) => schedule.name;

/** What a schedule submits, in a word. */
const submits = ({ job }: Schedule): string => subjectOf(job);

/** The schedules of a project: when each is due next, and how it went last. */
export function SchedulesScreen() {
  const project = useProject();
  const { name } = useSearch({ from: '/frame/p/$project/schedules' });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [doing, setDoing] = useState<{ action: Action | 'create'; schedule?: Schedule } | null>(null);
  const schedules = useQuery(schedulesQuery(project));
  const lastJobs = useQueries({
    queries: (schedules.data ?? []).flatMap(({ lastJobId }) => (lastJobId ? [jobQuery(project, lastJobId)] : [])),
    combine: (results) => results.flatMap(({ data }) => data ?? []),
  });
  const open = (schedule: string | undefined) =>
    void navigate({ to: '/p/$project/schedules', params: { project }, search: schedule ? { name: schedule } : {} });

  const act = useCallback(
    async (schedule: Schedule, action: Action) => {
      if (action !== 'toggle') return setDoing({ action, schedule });
      try {
        await (schedule.isPaused ? resumeSchedule : pauseSchedule)(project, schedule.name);
        done(`${schedule.name} ${schedule.isPaused ? 'goes on' : 'is paused'}`);
        await queries.invalidateQueries({ queryKey: [project, 'schedules'] });
      } catch (error) {
        failed(`${schedule.name} is as it was`, error);
      }
    },
    [project, queries],
  );

  const columns = useMemo(() => columnsOf(project, lastJobs, act), [project, lastJobs, act]);
  const refresh = () => void queries.invalidateQueries({ queryKey: [project, 'schedules'] });
  const opened = schedules.data?.find((schedule) => schedule.name === name);
  const create = (
    <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setDoing({ action: 'create' })}>
      New schedule
    </Button>
  );

  return (
    <Screen title="Schedules" fill beside={<LiveMark />} actions={schedules.data?.length === 0 ? null : create}>
      {schedules.error ? (
        <ProblemNotice error={schedules.error} onRetry={() => void schedules.refetch()} />
      ) : (
        <DataTable
          label="Schedules"
          rows={schedules.data ?? []}
          rowId={idOf}
          columns={columns}
          loading={schedules.isPending}
          onOpen={(schedule) => open(schedule.name)}
          empty={
            <EmptyState
              title="No schedule yet"
              command={`mesh schedules create nightly --cron "0 3 * * *" --function train -P ${project}`}
              action={create}
            >
              A schedule submits a job of a function, of an item of the hub or of a command, by a cron expression in a time zone or at an
              interval.
            </EmptyState>
          }
        />
      )}
      {opened && (
        <ScheduleDrawer project={project} schedule={opened} onClose={() => open(undefined)} onAct={(action) => void act(opened, action)} />
      )}
      {(doing?.action === 'create' || doing?.action === 'edit') && (
        <ScheduleForm project={project} schedule={doing.schedule} onClose={() => setDoing(null)} onDone={refresh} />
      )}
      {doing?.action === 'backfill' && doing.schedule && (
        <Backfill project={project} schedule={doing.schedule} onClose={() => setDoing(null)} onDone={refresh} />
      )}
      {doing?.action === 'delete' && doing.schedule && (
        <Confirm
          title={`Delete the schedule ${doing.schedule.name}?`}
          verb="Delete"
          act={() => deleteSchedule(project, doing.schedule?.name ?? '')}
          onDone={() => {
            open(undefined);
            refresh();
          }}
          onClose={() => setDoing(null)}
        >
          It submits nothing more. The jobs that it submitted, and their runs, stay.
        </Confirm>
      )}
    </Screen>
  );
}

const columnsOf = (
  project: string,
  jobs: readonly Job[],
  act: (schedule: Schedule, action: Action) => Promise<void>,
): Column<Schedule>[] => {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  return [
    {
      id: 'name',
      header: 'Schedule',
      width: 140,
      fixed: true,
      sortable: true,
      value: ({ name }) => name,
      cell: ({ name }) => (
        <Link to="/p/$project/schedules" params={{ project }} search={{ name }}>
          {name}
        </Link>
      ),
    },
    {
      id: 'state',
      header: 'State',
      width: 90,
      value: ({ isPaused }) => (isPaused ? 'paused' : 'active'),
      cell: ({ isPaused }) => <StatusBadge status={isPaused ? 'paused' : 'active'} />,
    },
    { id: 'when', header: 'When', width: 250, value: whenText },
    {
      id: 'submits',
      header: 'Submits',
      width: 110,
      value: submits,
      cell: (schedule) =>
        schedule.job.function ? (
          <ScreenLink to="/p/$project/functions/$function" params={{ project, function: schedule.job.function }}>
            {submits(schedule)}
          </ScreenLink>
        ) : (
          submits(schedule)
        ),
    },
    {
      id: 'next',
      header: 'Next',
      width: 84,
      sortable: true,
      value: ({ nextAt }) => nextAt,
      cell: ({ nextAt }) => nextAt && <RelativeTime at={nextAt} />,
    },
    {
      id: 'last',
      header: 'Last',
      width: 88,
      sortable: true,
      value: ({ lastDueAt }) => lastDueAt,
      cell: ({ lastDueAt }) => lastDueAt && <RelativeTime at={lastDueAt} />,
    },
    {
      id: 'outcome',
      header: 'Outcome',
      width: 110,
      cell: ({ lastJobId, lastSkipped }) => {
        const job = lastJobId ? byId.get(lastJobId) : undefined;
        if (lastSkipped) return <StatusBadge status="skipped" cause={lastSkipped} />;
        return (
          job && (
            <ScreenLink to="/p/$project/runs/$run" params={{ project, run: job.id }}>
              <StatusBadge status={job.status} cause={causeOf(job)} />
            </ScreenLink>
          )
        );
      },
    },
    {
      id: 'actions',
      header: 'Actions',
      width: 80,
      align: 'right',
      cell: (schedule) => <Actions schedule={schedule} onAct={(action) => void act(schedule, action)} />,
    },
    { id: 'waiting', header: 'Waiting', width: 76, align: 'right', value: ({ waiting }) => waiting.length || null },
    { id: 'description', header: 'Description', width: 200, value: ({ description }) => description },
  ];
};

function Actions({ schedule, onAct }: { schedule: Schedule; onAct: (action: Action) => void }) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={`Actions of ${schedule.name}`} size="sm">
          <IconDots size={15} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onAct('toggle')}>{schedule.isPaused ? 'Resume' : 'Pause'}</Menu.Item>
        <Menu.Item onClick={() => onAct('edit')}>Edit…</Menu.Item>
        <Menu.Item onClick={() => onAct('backfill')}>Backfill…</Menu.Item>
        <Menu.Divider />
        <Menu.Item color="var(--mesh-bad)" onClick={() => onAct('delete')}>
          Delete…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
