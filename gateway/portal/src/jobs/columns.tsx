import { Elapsed, RelativeTime } from '../format/RelativeTime';
import { ScreenLink } from '../shell/ScreenLink';
import { StatusBadge } from '../shell/StatusBadge';
import type { Column } from '../tables/column';
import type { Job } from './queries';
import { causeOf, startedAt, subjectOf } from './search';

/** The columns of jobs: how they stand and why, then what they are. */
export const jobColumns = (project: string): Column<Job>[] => [
  {
    id: 'name',
    header: 'Job',
    width: 160,
    fixed: true,
    value: ({ name }) => name,
    cell: ({ id, name }) => (
      <ScreenLink to="/p/$project/runs/$run" params={{ project, run: id }}>
        {name}
      </ScreenLink>
    ),
  },
  { id: 'status', header: 'State', width: 110, cell: (job) => <StatusBadge status={job.status} cause={causeOf(job)} /> },
  { id: 'cause', header: 'Cause', width: 250, value: causeOf },
  {
    id: 'subject',
    header: 'Runs',
    width: 140,
    value: subjectOf,
    cell: (job) =>
      job.function ? (
        <ScreenLink to="/p/$project/functions/$function" params={{ project, function: job.function }}>
          {subjectOf(job)}
        </ScreenLink>
      ) : job.item ? (
        subjectOf(job)
      ) : (
        <span className="mono">{subjectOf(job)}</span>
      ),
  },
  { id: 'experiment', header: 'Experiment', width: 120, value: ({ experiment }) => experiment },
  { id: 'submitted', header: 'Submitted', width: 96, cell: ({ submittedAt }) => <RelativeTime at={submittedAt} /> },
  {
    id: 'duration',
    header: 'Duration',
    width: 90,
    align: 'right',
    cell: (job) => <Elapsed from={startedAt(job)} to={job.endedAt} />,
  },
  {
    id: 'attempts',
    header: 'Attempts',
    width: 80,
    align: 'right',
    value: ({ attempts, maxAttempts }) => `${attempts.length} of ${maxAttempts}`,
  },
  { id: 'priority', header: 'Priority', width: 76, align: 'right', value: ({ policy }) => policy?.priority || null },
  { id: 'profile', header: 'Profile', width: 100, value: ({ profile }) => profile },
  { id: 'worker', header: 'Worker', width: 120, value: ({ attempts }) => attempts.at(-1)?.worker },
  { id: 'by', header: 'Submitted by', width: 140, value: ({ submittedBy }) => submittedBy },
];
