import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { bytes, count } from '../../format/numbers';
import { Elapsed, RelativeTime } from '../../format/RelativeTime';
import { duration } from '../../format/times';
import { PanelColumn } from '../../shell/Columns';
import { EmptyState } from '../../shell/EmptyState';
import { Facts } from '../../shell/Facts';
import { Panel } from '../../shell/Panel';
import { ProblemNotice } from '../../shell/ProblemNotice';
import { StatusBadge } from '../../shell/StatusBadge';
import type { Run } from '../rows';
import { attemptsQuery, jobQuery } from './queries';
import classes from './Run.module.css';

/** How the job of a run went: each attempt with its cause, its times and what it used. */
export function AttemptsTab({ project, run }: { project: string; run: Run }) {
  const isJob = run.kind === 'job';
  const job = useQuery({ ...jobQuery(project, run.id), enabled: isJob });
  const attempts = useQuery({ ...attemptsQuery(project, run.id), enabled: job.data != null });
  if (job.error ?? attempts.error) return <ProblemNotice error={job.error ?? attempts.error} onRetry={() => void job.refetch()} />;
  if (!isJob || job.data === null) {
    return (
      <EmptyState title="Not a job of Mesh" command={`mesh jobs submit -P ${project} -- python3 train.py`}>
        This run was logged from outside. Runs of jobs show here how often they were tried, and why.
      </EmptyState>
    );
  }
  if (!job.data || !attempts.data) return <Skeleton height={200} />;
  return (
    <PanelColumn>
      <Panel title="Job">
        <Facts
          of={[
            ['Function', job.data.function && `${job.data.function}@${job.data.functionVersion}`],
            ['Hub item', job.data.item],
            ['Command', job.data.command.length > 0 && <code key="command">{job.data.command.join(' ')}</code>],
            ['Profile', job.data.profile],
            ['Tries', `${count(job.data.attempts.length)} of at most ${count(job.data.maxAttempts)}`],
            ['Time limit', duration(job.data.timeoutSeconds * 1000)],
            ['Waits because', job.data.unschedulable],
          ]}
        />
      </Panel>
      {[...attempts.data].reverse().map((attempt) => {
        const last = attempt.steps.at(-1);
        return (
          <Panel
            key={attempt.number}
            title={`Attempt ${attempt.number}`}
            aside={<StatusBadge status={attempt.state} cause={attempt.cause} />}
          >
            {attempt.cause && (
              <p className={classes.cause} data-status={attempt.state === 'succeeded' ? 'completed' : 'failed'}>
                {attempt.cause}
              </p>
            )}
            <Facts
              of={[
                ['Worker', attempt.worker],
                ...attempt.steps.map((step, i) => {
                  const next = attempt.steps[i + 1];
                  return [
                    step.state,
                    <span key={step.state}>
                      <RelativeTime at={step.at} />
                      {next && (
                        <span className="quiet">
                          , for <Elapsed from={step.at} to={next.at} />
                        </span>
                      )}
                    </span>,
                  ] as const;
                }),
                ['Exit code', attempt.exitCode === null || attempt.exitCode === undefined ? null : String(attempt.exitCode)],
                ['Signal', attempt.signal],
                ['Processor time', attempt.usage?.cpuSeconds == null ? null : duration(attempt.usage.cpuSeconds * 1000)],
                ['Most memory', attempt.usage?.peakMemoryBytes == null ? null : bytes(attempt.usage.peakMemoryBytes)],
                ['Total', attempt.steps[0] && last && <Elapsed key="total" from={attempt.steps[0].at} to={last.at} />],
              ]}
            />
          </Panel>
        );
      })}
    </PanelColumn>
  );
}
