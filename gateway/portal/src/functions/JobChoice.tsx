import { SegmentedControl, Select, Skeleton, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Schema } from '../api/client';
import { builtInQuery } from '../hub/queries';
import { JobFields } from './JobFields';
import { draftOf, emptyDraft, functionSubject, isWhole, itemSubject, type JobDraft, jobOf, type Subject } from './jobDraft';
import { functionsQuery } from './queries';

type SubmitJob = Schema<'SubmitJob'>;
type Kind = 'function' | 'item' | 'command';

/** What a schedule or an alert submits, while somebody fills it in. */
export interface JobChoice {
  kind: Kind;
  /** Name of the function or item. */
  what: string;
  command: string;
  draft: JobDraft;
}

const spaced = /\s+/;

/** The choice that a job is; nothing chosen without one. */
export const choiceOf = (job: SubmitJob | undefined): JobChoice => ({
  kind: job?.item ? 'item' : job?.command?.length ? 'command' : 'function',
  what: job?.function ?? job?.item ?? '',
  command: job?.command?.join(' ') ?? '',
  draft: job ? draftOf(job) : emptyDraft,
});

/** What the choice runs: null while it is not chosen, or not there. `job` is the one that is changed. */
export function useSubject(project: string, { kind, what }: JobChoice, job: SubmitJob | undefined): Subject | null {
  const functions = useQuery(functionsQuery(project));
  const items = useQuery(builtInQuery);
  if (kind === 'command') return { params: null, inputs: [] };
  const fn = functions.data?.find((one) => one.name === what);
  const item = items.data?.find((one) => one.name === (kind === 'item' ? what : fn?.item));
  if (kind === 'item') return item ? itemSubject(item) : null;
  return fn
    ? { ...functionSubject(fn, item), functionVersion: job?.function === fn.name ? (job.functionVersion ?? undefined) : undefined }
    : null;
}

/** Whether it can be submitted as it is. */
export const isComplete = ({ kind, command, draft }: JobChoice, subject: Subject | null): subject is Subject =>
  subject !== null && isWhole(subject, draft) && (kind !== 'command' || command.trim() !== '');

/** The job to submit; of the one that is changed, what the form does not show stays. */
export function submitted({ kind, what, command, draft }: JobChoice, subject: Subject, job: SubmitJob | undefined): SubmitJob {
  const isSame = job && (kind === 'function' ? job.function === what : kind === 'item' ? job.item === what : !job.function && !job.item);
  const made = jobOf(subject, draft, isSame ? job : {});
  if (kind !== 'command') return made;
  const asBefore = command.trim() === (job?.command?.join(' ') ?? '');
  return { ...made, command: asBefore ? (job?.command ?? []) : command.trim().split(spaced) };
}

interface JobChoiceFieldsProps {
  project: string;
  choice: JobChoice;
  subject: Subject | null;
  onChange: (choice: JobChoice) => void;
  strict: boolean;
}

/** Asks what to submit: a function, an item of the hub or a command, and with which params. */
export function JobChoiceFields({ project, choice, subject, onChange, strict }: JobChoiceFieldsProps) {
  const functions = useQuery(functionsQuery(project));
  const items = useQuery(builtInQuery);
  const { kind, what, command, draft } = choice;
  return (
    <>
      <SegmentedControl
        aria-label="What it submits"
        value={kind}
        onChange={(next) => onChange({ ...choice, kind: next as Kind, what: '' })}
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
          description="Words by blanks, run without a shell. Quoted words need the command line."
          value={command}
          onChange={(event) => onChange({ ...choice, command: event.currentTarget.value })}
          error={strict && command.trim() === '' ? 'This is needed.' : null}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
      ) : (
        <Select
          label={kind === 'function' ? 'Function' : 'Item of the hub'}
          data={(kind === 'function' ? functions.data : items.data)?.map((one) => one.name) ?? []}
          value={what || null}
          onChange={(next) => onChange({ ...choice, what: next ?? '' })}
          searchable
          withAsterisk
          error={strict && what === '' ? 'This is needed.' : null}
          nothingFoundMessage={kind === 'function' ? 'This project has no such function.' : 'The hub has no such item.'}
        />
      )}
      {subject ? (
        <JobFields subject={subject} draft={draft} onChange={(next) => onChange({ ...choice, draft: next })} strict={strict} />
      ) : (
        what !== '' &&
        (functions.isPending || items.isPending ? <Skeleton height={80} /> : <Text c="dimmed">{what} is not there any more.</Text>)
      )}
    </>
  );
}
