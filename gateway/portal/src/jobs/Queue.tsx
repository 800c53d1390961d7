import { Button, NumberInput } from '@mantine/core';
import { useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { count, counted } from '../format/numbers';
import { FormDialog } from '../shell/FormDialog';
import classes from './Queue.module.css';
import { jobQuery, limitsQuery, setLimits, waitingJobsQuery } from './queries';

const named = 3;
const mostAsked = 20;

/** How the queue of the project stands: what runs, what waits, how much may run at once, and what no worker can take. */
export function Queue({ project }: { project: string }) {
  const limits = useQuery(limitsQuery(project));
  const waiting = useQuery(waitingJobsQuery(project));
  const [editing, setEditing] = useState(false);
  // Why a job cannot start is told with the job alone, not in lists; it can only be one that asks for something.
  const asking = waiting.data?.items.filter((job) => job.policy?.resources || job.distributed).slice(0, mostAsked) ?? [];
  const stuck = useQueries({
    queries: asking.map((job) => jobQuery(project, job.id)),
    combine: (results) => results.flatMap(({ data }) => (data?.unschedulable ? [data] : [])),
  });
  const { running = 0, queued = 0, maxRunning } = limits.data ?? {};

  return (
    <section className={classes.queue} aria-label="Queue">
      <span>
        <strong>{count(running)}</strong>
        {maxRunning ? ` of ${count(maxRunning)}` : ''} running
      </span>
      <span>
        <strong>{count(queued)}</strong> waiting
      </span>
      <span className="quiet">
        {maxRunning ? `At most ${counted(maxRunning, 'job')} of this project at once` : 'As many at once as the workers take'}
      </span>
      <Button variant="subtle" ml="auto" onClick={() => setEditing(true)} disabled={!limits.data}>
        Limit…
      </Button>
      {stuck.length > 0 && (
        <ul className={classes.stuck}>
          {stuck.slice(0, named).map((job) => (
            <li key={job.id}>
              {job.name} cannot start: {job.unschedulable}
            </li>
          ))}
          {stuck.length > named && <li>and {counted(stuck.length - named, 'more', 'more')} that no worker can take</li>}
        </ul>
      )}
      {editing && <Limit project={project} now={maxRunning ?? null} onClose={() => setEditing(false)} />}
    </section>
  );
}

function Limit({ project, now, onClose }: { project: string; now: number | null; onClose: () => void }) {
  const [value, setValue] = useState<number | string>(now ?? '');
  const queries = useQueryClient();
  const set = useMutation({
    mutationFn: () => setLimits(project, value === '' ? null : Number(value)),
    onSuccess: (limits) => {
      queries.setQueryData(limitsQuery(project).queryKey, limits);
      onClose();
    },
  });
  return (
    <FormDialog title="How many jobs run at once" verb="Save" action={set} onClose={onClose}>
      <NumberInput
        label="Jobs of this project at once"
        description="Empty: as many as the workers take."
        min={1}
        allowDecimal={false}
        value={value}
        onChange={setValue}
        data-autofocus
      />
    </FormDialog>
  );
}
