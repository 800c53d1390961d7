import { Button, Group, Modal, SegmentedControl, Select, SimpleGrid, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { JobFields } from '../functions/JobFields';
import { draftOf, emptyDraft, functionSubject, isWhole, itemSubject, type JobDraft, jobOf, type Subject } from '../functions/jobDraft';
import { functionsQuery } from '../functions/queries';
import { builtInQuery } from '../hub/queries';
import { done } from '../shell/notices';
import { ProblemNotice } from '../shell/ProblemNotice';
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
const spaced = /\s+/;

type Kind = 'function' | 'item' | 'command';

/** Asks what a schedule submits, and when. */
export function ScheduleForm({ project, schedule, onClose, onDone }: ScheduleFormProps) {
  const functions = useQuery(functionsQuery(project));
  const items = useQuery(builtInQuery);
  const [name, setName] = useState(schedule?.name ?? '');
  const [when, setWhen] = useState<WhenDraft>(() => whenDraftOf(schedule));
  const [kind, setKind] = useState<Kind>(schedule?.job.item ? 'item' : schedule?.job.command?.length ? 'command' : 'function');
  const [what, setWhat] = useState(schedule?.job.function ?? schedule?.job.item ?? '');
  const [command, setCommand] = useState(schedule?.job.command?.join(' ') ?? '');
  const [job, setJob] = useState<JobDraft>(() => (schedule ? draftOf(schedule.job) : emptyDraft));
  const [strict, setStrict] = useState(false);

  const fn = functions.data?.find((one) => one.name === what);
  const item = items.data?.find((one) => one.name === (kind === 'item' ? what : fn?.item));
  const subject: Subject | null =
    kind === 'command'
      ? { params: null, inputs: [] }
      : kind === 'item'
        ? item
          ? itemSubject(item)
          : null
        : fn
          ? {
              ...functionSubject(fn, item),
              functionVersion: schedule?.job.function === fn.name ? (schedule.job.functionVersion ?? undefined) : undefined,
            }
          : null;

  const faults = whenFaults(when);
  const whole =
    subject !== null &&
    isWhole(subject, job) &&
    Object.keys(faults).length === 0 &&
    name.trim() !== '' &&
    (kind !== 'command' || command.trim());
  const save = useMutation({
    mutationFn: () => {
      const submitted = jobOf(subject as Subject, job, schedule && sameSubject(schedule, kind, what) ? schedule.job : {});
      const same = command.trim() === (schedule?.job.command?.join(' ') ?? '');
      const withCommand =
        kind === 'command' ? { ...submitted, command: same ? (schedule?.job.command ?? []) : command.trim().split(spaced) } : submitted;
      return putSchedule(project, name.trim(), { ...whenOf(when), job: withCommand });
    },
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

  return (
    <Modal opened onClose={onClose} title={schedule ? `Edit ${schedule.name}` : 'New schedule'} size="lg">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setStrict(true);
          if (whole) save.mutate();
        }}
      >
        <Stack gap="sm">
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
            <SegmentedControl
              aria-label="What it submits"
              value={kind}
              onChange={(next) => {
                setKind(next as Kind);
                setWhat('');
              }}
              data={[
                { value: 'function', label: 'Function' },
                { value: 'item', label: 'Hub item' },
                { value: 'command', label: 'Command' },
              ]}
              style={{ alignSelf: 'flex-start' }}
            />
            {kind === 'command' ? (
              <TextInput
                label="Command"
                description="Words by blanks, run without a shell. Quoted words need the command line: mesh schedules create."
                value={command}
                onChange={(event) => setCommand(event.currentTarget.value)}
                error={strict && command.trim() === '' ? 'This is needed.' : null}
                styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
              />
            ) : (
              <Select
                label={kind === 'function' ? 'Function' : 'Item of the hub'}
                data={(kind === 'function' ? functions.data : items.data)?.map((one) => one.name) ?? []}
                value={what || null}
                onChange={(next) => setWhat(next ?? '')}
                searchable
                withAsterisk
                error={strict && what === '' ? 'This is needed.' : null}
                nothingFoundMessage={kind === 'function' ? 'This project has no such function.' : 'The hub has no such item.'}
              />
            )}
            {subject ? (
              <JobFields subject={subject} draft={job} onChange={setJob} strict={strict} />
            ) : (
              what !== '' &&
              (functions.isPending || items.isPending ? <Skeleton height={80} /> : <Text c="dimmed">{what} is not there any more.</Text>)
            )}
          </Part>
          {save.error && <ProblemNotice error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              {schedule ? 'Save' : 'Create'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
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

const sameSubject = ({ job }: Schedule, kind: Kind, what: string): boolean =>
  kind === 'function' ? job.function === what : kind === 'item' ? job.item === what : !job.function && !job.item;
