import { List, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { counted } from '../format/numbers';
import { FormDialog } from '../shell/FormDialog';
import { done, failed } from '../shell/notices';
import { abortJob, type Job } from './queries';
import { isAtWork } from './search';

interface AbortJobsProps {
  project: string;
  jobs: Job[];
  onClose: () => void;
  onDone: () => void;
}

const named = 5;

/** Says which jobs an abort ends, and ends them. */
export function AbortJobs({ project, jobs, onClose, onDone }: AbortJobsProps) {
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const goners = jobs.filter(isAtWork);
  const abort = useMutation({
    mutationFn: () => Promise.allSettled(goners.map((job) => abortJob(project, job.id, reason.trim() || null))),
    onSuccess: (outcomes) => {
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
      if (outcomes.length > refused.length) done(`Abort of ${counted(outcomes.length - refused.length, 'job')} asked for`);
      if (refused[0]) failed(`${counted(refused.length, 'job')} not aborted`, refused[0].reason);
      void queries.invalidateQueries({ queryKey: [project, 'jobs'] });
      onClose();
      onDone();
    },
  });
  return (
    <FormDialog
      title={`Abort ${counted(goners.length, 'job')}?`}
      verb="Abort"
      action={abort}
      disabled={goners.length === 0}
      destructive
      onClose={onClose}
    >
      <List size="sm">
        {goners.slice(0, named).map((job) => (
          <List.Item key={job.id}>
            {job.name} <span className="quiet">{job.status}</span>
          </List.Item>
        ))}
        {goners.length > named && <List.Item>and {counted(goners.length - named, 'more', 'more')}</List.Item>}
      </List>
      <Text>What waits ends at once; what runs is stopped with its whole process tree. What was logged until then stays.</Text>
      <TextInput label="Reason" value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
    </FormDialog>
  );
}
