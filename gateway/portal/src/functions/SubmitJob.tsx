import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { Schema } from '../api/client';
import { submitJob } from '../jobs/queries';
import { useArrival } from '../live/useArrival';
import { FormDialog } from '../shell/FormDialog';
import { done } from '../shell/notices';
import { JobFields } from './JobFields';
import { emptyDraft, isWhole, type JobDraft, jobOf, type Subject } from './jobDraft';

// A job's run comes of an event, as a rule within a tenth of a second.
const longestForRun = 3000;

interface SubmitJobProps {
  project: string;
  title: string;
  subject: Subject;
  initial?: Partial<JobDraft>;
  /** What an earlier job was submitted with; what of it the form does not show is submitted again. */
  over?: Schema<'SubmitJob'>;
  onClose: () => void;
  /** What stands above the fields. */
  children?: ReactNode;
}

/** Asks for what a job of something needs, submits it and goes to its run. */
export function SubmitJob({ project, title, subject, initial, over, onClose, children }: SubmitJobProps) {
  const [draft, setDraft] = useState<JobDraft>({ ...emptyDraft, ...initial });
  const [strict, setStrict] = useState(false);
  const router = useRouter();
  const queries = useQueryClient();
  const arrived = useArrival('run.created');
  const submit = useMutation({
    mutationFn: async () => {
      const job = await submitJob(project, jobOf(subject, draft, over));
      await arrived(job.id, longestForRun);
      return job;
    },
    onSuccess: (job) => {
      void queries.invalidateQueries({ queryKey: [project, 'jobs'] });
      done(`Job ${job.name} submitted`);
      onClose();
      const at = `/p/${encodeURIComponent(project)}`;
      router.history.push('/p/$project/runs/$run' in router.routesByPath ? `${at}/runs/${job.id}` : `${at}/jobs`);
    },
  });

  // What is missing is told once somebody has tried to send.
  const send = () => {
    setStrict(true);
    if (isWhole(subject, draft)) submit.mutate();
  };

  return (
    <FormDialog title={title} verb="Submit" action={{ ...submit, mutate: send }} size="lg" onClose={onClose}>
      {children}
      <JobFields subject={subject} draft={draft} onChange={setDraft} strict={strict} />
    </FormDialog>
  );
}
