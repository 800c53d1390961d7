import { Autocomplete, NumberInput, SimpleGrid, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { choiceOf, isComplete, JobChoiceFields, submitted, useSubject } from '../functions/JobChoice';
import type { Subject } from '../functions/jobDraft';
import { eventTypes } from '../live/eventTypes';
import { FormDialog } from '../shell/FormDialog';
import { done } from '../shell/notices';
import { putRule, type Rule } from './queries';

interface AlertFormProps {
  project: string;
  /** The rule to change; a new one without. */
  rule: Rule | undefined;
  /** What a new one acts on, and of what. */
  on: string | undefined;
  subject: string | undefined;
  onClose: () => void;
  onDone: () => void;
}

const names = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Asks on which event a rule acts, and which job it submits then. */
export function AlertForm({ project, rule, on, subject: about, onClose, onDone }: AlertFormProps) {
  const before = rule?.action.job ?? undefined;
  const [name, setName] = useState(rule?.name ?? '');
  const [description, setDescription] = useState(rule?.description ?? '');
  const [type, setType] = useState(rule?.eventType ?? on ?? 'drift.detected');
  const [of, setOf] = useState(rule ? (rule.subject ?? '') : (about ?? ''));
  const [pause, setPause] = useState<number | string>(rule?.cooldownSeconds ?? 0);
  const [job, setJob] = useState(() => choiceOf(before));
  const [strict, setStrict] = useState(false);
  const subject = useSubject(project, job, before);
  const isKnown = (eventTypes as readonly string[]).includes(type);
  const whole = names.test(name) && isKnown && typeof pause === 'number' && isComplete(job, subject);
  const save = useMutation({
    mutationFn: () =>
      putRule(project, name, {
        eventType: type,
        cooldownSeconds: pause as number,
        action: { job: submitted(job, subject as Subject, before) },
        ...(of.trim() ? { subject: of.trim() } : {}),
        ...(description.trim() ? { description: description.trim() } : {}),
      }),
    onSuccess: () => {
      done(`Alert ${name} saved`);
      onDone();
      onClose();
    },
  });
  // What is missing is told once somebody has tried to send.
  const send = () => {
    setStrict(true);
    if (whole) save.mutate();
  };

  return (
    <FormDialog
      title={rule ? `Edit ${rule.name}` : 'New alert'}
      verb={rule ? 'Save' : 'Create'}
      action={{ ...save, mutate: send }}
      size="lg"
      onClose={onClose}
    >
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput
          label="Name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          disabled={rule !== undefined}
          error={(strict || name !== '') && !names.test(name) ? 'Up to 63 of a-z, 0-9 and -, a letter or digit at both ends.' : null}
          withAsterisk
          data-autofocus
        />
        <TextInput label="Description" value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
        <Autocomplete
          label="On the event"
          data={[...eventTypes]}
          value={type}
          onChange={setType}
          error={isKnown || type === '' ? null : 'There is no event of this type.'}
          size="xs"
          withAsterisk
        />
        <TextInput
          label="Of"
          description="Such as the name of an endpoint; anything when it is empty."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={of}
          onChange={(event) => setOf(event.currentTarget.value)}
        />
        <NumberInput
          label="Pause after each time, in seconds"
          description="Events that come meanwhile are counted, not acted on."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={pause}
          onChange={setPause}
          min={0}
          max={2_592_000}
          step={60}
          allowDecimal={false}
        />
      </SimpleGrid>
      <Text component="h3" fw={600} m={0}>
        Job
      </Text>
      <Text c="dimmed">
        Values of params may hold {'{{endpoint}}'}, {'{{model}}'}, {'{{event}}'} and {'{{subject}}'}: they are filled in from the event.
      </Text>
      <JobChoiceFields project={project} choice={job} subject={subject} onChange={setJob} strict={strict} />
    </FormDialog>
  );
}
