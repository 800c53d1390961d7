import { SegmentedControl, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { choiceOf, isComplete, JobChoiceFields, submitted, useSubject } from '../functions/JobChoice';
import type { Subject } from '../functions/jobDraft';
import { FormDialog } from '../shell/FormDialog';
import { done } from '../shell/notices';
import { putSchedule, type Schedule } from './queries';
import { misfires, overlaps, type WhenDraft, whenDraftOf, whenFaults, whenOf } from './scheduleDraft';
import { cronText } from './when';

interface ScheduleFormProps {
  project: string;
  /** The schedule to change; a new one without. */
  schedule: Schedule | undefined;
  onClose: () => void;
  onDone: () => void;
}

const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
const choices = (of: Record<string, string>) => Object.entries(of).map(([value, label]) => ({ value, label }));
/** Asks what a schedule submits, and when. */
export function ScheduleForm({ project, schedule, onClose, onDone }: ScheduleFormProps) {
  const [name, setName] = useState(schedule?.name ?? '');
  const [when, setWhen] = useState<WhenDraft>(() => whenDraftOf(schedule));
  const [job, setJob] = useState(() => choiceOf(schedule?.job));
  const [strict, setStrict] = useState(false);

  const subject = useSubject(project, job, schedule?.job);
  const faults = whenFaults(when);
  const whole = isComplete(job, subject) && Object.keys(faults).length === 0 && name.trim() !== '';
  const save = useMutation({
    mutationFn: () => putSchedule(project, name.trim(), { ...whenOf(when), job: submitted(job, subject as Subject, schedule?.job) }),
    onSuccess: () => {
      done(`Schedule ${name} saved`);
      onDone();
      onClose();
    },
  });
  const set = (change: Partial<WhenDraft>) => setWhen({ ...when, ...change });
  const text = (key: 'jitterSeconds' | 'graceSeconds' | 'maxCatchUp', label: string, placeholder: string) => (
    <TextInput
      label={label}
      placeholder={placeholder}
      value={when[key]}
      error={faults[key]}
      onChange={(event) => set({ [key]: event.currentTarget.value })}
      inputMode="numeric"
    />
  );

  // What is missing is told once somebody has tried to send.
  const send = () => {
    setStrict(true);
    if (whole) save.mutate();
  };

  return (
    <FormDialog
      title={schedule ? `Edit ${schedule.name}` : 'New schedule'}
      verb={schedule ? 'Save' : 'Create'}
      action={{ ...save, mutate: send }}
      size="lg"
      onClose={onClose}
    >
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput
          label="Name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          disabled={schedule !== undefined}
          error={strict && name.trim() === '' ? 'This is needed.' : null}
          withAsterisk
          data-autofocus
        />
        <TextInput label="Description" value={when.description} onChange={(event) => set({ description: event.currentTarget.value })} />
      </SimpleGrid>
      <Part title="When">
        <SegmentedControl
          aria-label="Kind of times"
          value={when.kind}
          onChange={(next) => set({ kind: next as WhenDraft['kind'] })}
          data={[
            { value: 'cron', label: 'Cron expression' },
            { value: 'interval', label: 'Interval' },
          ]}
          style={{ alignSelf: 'flex-start' }}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          {when.kind === 'cron' ? (
            <>
              <TextInput
                label="Cron expression"
                description="Minute, hour, day, month, weekday; a sixth field in front is seconds."
                value={when.cron}
                onChange={(event) => set({ cron: event.currentTarget.value })}
                error={faults.cron}
                styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
              />
              <Select
                label="Time zone"
                description={cronText(when.cron) ?? 'Its next times show when it is saved.'}
                data={zones.includes(when.timeZone) ? zones : [when.timeZone, ...zones]}
                value={when.timeZone}
                onChange={(zone) => zone && set({ timeZone: zone })}
                searchable
                allowDeselect={false}
              />
            </>
          ) : (
            <TextInput
              label="Every … seconds"
              value={when.everySeconds}
              onChange={(event) => set({ everySeconds: event.currentTarget.value })}
              error={faults.everySeconds}
              inputMode="numeric"
            />
          )}
          <Select
            label="While the last job has not ended"
            data={choices(overlaps)}
            value={when.overlap}
            onChange={(overlap) => set({ overlap: overlap as WhenDraft['overlap'] })}
            allowDeselect={false}
          />
          <Select
            label="Times that were missed"
            data={choices(misfires)}
            value={when.misfire}
            onChange={(misfire) => set({ misfire: misfire as WhenDraft['misfire'] })}
            allowDeselect={false}
          />
          {text('graceSeconds', 'Missed when later than … seconds', '60')}
          {when.misfire === 'catchUp' && text('maxCatchUp', 'Catch up on at most', '10')}
          {text('jitterSeconds', 'Put off by up to … seconds', '0')}
        </SimpleGrid>
      </Part>
      <Part title="Job">
        <JobChoiceFields project={project} choice={job} subject={subject} onChange={setJob} strict={strict} />
      </Part>
    </FormDialog>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack gap="sm" component="fieldset" p={0} m={0} style={{ border: 0, minWidth: 0 }}>
      <Text component="legend" fw={600} mb={6} p={0}>
        {title}
      </Text>
      {children}
    </Stack>
  );
}
