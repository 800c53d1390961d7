import { Modal, SegmentedControl, Skeleton, Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { draftOf, functionSubject, itemSubject, type Subject } from '../functions/jobDraft';
import { functionQuery } from '../functions/queries';
import { SubmitJob } from '../functions/SubmitJob';
import { builtInQuery } from '../hub/queries';
import { ProblemNotice } from '../shell/ProblemNotice';
import { submittedOf, withGiven } from './again';
import { type Job, jobQuery, submissionQuery } from './queries';

/** The form of a job, filled with what an earlier one was submitted with. */
export function RunAgain({ project, id, onClose }: { project: string; id: string; onClose: () => void }) {
  const job = useQuery(jobQuery(project, id));
  const submission = useQuery(submissionQuery(project, id));
  const items = useQuery(builtInQuery);
  const problem = job.error ?? submission.error ?? items.error;
  if (problem || !job.data || submission.isPending || items.isPending) {
    return (
      <Modal opened onClose={onClose} title="Run again" size="lg">
        {problem ? <ProblemNotice error={problem} onRetry={() => void job.refetch()} /> : <Skeleton height={220} />}
      </Modal>
    );
  }
  return job.data.function ? (
    <AgainFunction project={project} job={job.data} name={job.data.function} event={submission.data} onClose={onClose} />
  ) : (
    <Again project={project} job={job.data} event={submission.data} subject={subjectOf(job.data)} onClose={onClose} />
  );

  function subjectOf({ item: name }: Job): Subject {
    const item = items.data?.find((one) => one.name === name);
    return item ? itemSubject(item) : { ...(name ? { item: name } : {}), params: null, inputs: [] };
  }
}

interface AgainFunctionProps {
  project: string;
  job: Job;
  name: string;
  event: unknown;
  onClose: () => void;
}

/** Of a function: at the version of that time, or the current one. */
function AgainFunction({ project, job, name, event, onClose }: AgainFunctionProps) {
  const then = job.functionVersion ?? undefined;
  const [wanted, setWanted] = useState<'then' | 'current'>('then');
  const before = useQuery(functionQuery(project, name, then));
  const current = useQuery(functionQuery(project, name));
  const items = useQuery(builtInQuery);
  const fn = wanted === 'then' ? before.data : current.data;
  if (!fn || !current.data) {
    const problem = before.error ?? current.error;
    return (
      <Modal opened onClose={onClose} title={`Run ${job.name} again`} size="lg">
        {problem ? <ProblemNotice error={problem} /> : <Skeleton height={220} />}
      </Modal>
    );
  }
  const subject = functionSubject(
    fn,
    items.data?.find((item) => item.name === fn.item),
  );
  return (
    <Again
      project={project}
      job={job}
      event={event}
      subject={{ ...subject, functionVersion: wanted === 'then' ? then : undefined }}
      onClose={onClose}
    >
      {then !== undefined && then !== current.data.version && (
        <SegmentedControl
          aria-label={`Version of ${name}`}
          value={wanted}
          data={[
            { value: 'then', label: `Version ${then}, as then` },
            { value: 'current', label: `Version ${current.data.version}, the current one` },
          ]}
          onChange={(value) => setWanted(value as 'then' | 'current')}
        />
      )}
    </Again>
  );
}

interface AgainProps {
  project: string;
  job: Job;
  event: unknown;
  subject: Subject;
  onClose: () => void;
  children?: React.ReactNode;
}

function Again({ project, job, event, subject, onClose, children }: AgainProps) {
  const [before] = useState(() => submittedOf(job, event));
  const [command, setCommand] = useState(() => before.command?.join('\n') ?? '');
  // An argument may have several lines itself: then the command stays as it was.
  const editable = before.command != null && !before.command.some((argument) => argument.includes('\n'));
  const over = editable ? { ...before, command: command.split('\n').filter((line) => line !== '') } : before;
  return (
    <SubmitJob
      project={project}
      title={`Run ${job.name} again`}
      subject={withGiven(subject, before)}
      initial={draftOf(before)}
      over={over}
      onClose={onClose}
    >
      {children}
      {before.command != null && (
        <Textarea
          label="Command"
          description="The program and its arguments, one a line."
          value={command}
          onChange={(change) => setCommand(change.currentTarget.value)}
          readOnly={!editable}
          autosize
          minRows={1}
          maxRows={8}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
      )}
      <Text c="dimmed" size="xs">
        Filled as {job.name} was submitted, without its environment variables: nobody is shown them. Those that it needs are given again
        below, under “Name, place, environment, resources, retries”.
      </Text>
    </SubmitJob>
  );
}
