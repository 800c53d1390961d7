import { Accordion, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { profilesQuery } from '../jobs/queries';
import { advancedParams, type JobDraft, type Subject } from './jobDraft';
import { ParamFields } from './ParamFields';
import { faultOf, linesOf, readLines } from './params';

interface JobFieldsProps {
  subject: Subject;
  draft: JobDraft;
  onChange: (draft: JobDraft) => void;
  strict: boolean;
}

/** The fields of a job: the params and inputs of what it runs, and in a part of their own where and how it runs. */
export function JobFields({ subject, draft, onChange, strict }: JobFieldsProps) {
  const profiles = useQuery(profilesQuery);
  const set = (change: Partial<JobDraft>) => onChange({ ...draft, ...change });
  const field = (key: keyof typeof advancedParams, label: string, placeholder?: string | number | null) => (
    <TextInput
      label={label}
      value={draft[key]}
      onChange={(event) => set({ [key]: event.currentTarget.value })}
      error={faultOf(advancedParams[key], draft[key])}
      placeholder={placeholder === null || placeholder === undefined ? undefined : String(placeholder)}
      inputMode="decimal"
    />
  );

  return (
    <Stack gap="sm">
      {subject.params ? (
        subject.params.length === 0 ? (
          <Text c="dimmed">It takes no params.</Text>
        ) : (
          <ParamFields
            params={subject.params}
            values={draft.values}
            onChange={(name, value) => set({ values: { ...draft.values, [name]: value } })}
            strict={strict}
          />
        )
      ) : (
        <Textarea
          label="Params"
          description="One a line: name=value. None are declared, so any are taken."
          placeholder={linesOf(subject.defaults)}
          value={draft.lines}
          onChange={(event) => set({ lines: event.currentTarget.value })}
          error={readLines(draft.lines).fault}
          autosize
          minRows={2}
          maxRows={10}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
      )}
      {subject.inputs.map((input) => (
        <TextInput
          key={input.name}
          label={`Input ${input.name}`}
          description={input.description ?? undefined}
          placeholder={input.uri ?? 'mesh://project/dataset/key'}
          withAsterisk={input.required !== false && !input.uri}
          value={draft.inputs[input.name] ?? ''}
          onChange={(event) => set({ inputs: { ...draft.inputs, [input.name]: event.currentTarget.value } })}
          error={strict && input.required !== false && !input.uri && !draft.inputs[input.name]?.trim() ? 'This is needed.' : null}
        />
      ))}
      <Accordion chevronPosition="left" variant="default">
        <Accordion.Item value="advanced">
          <Accordion.Control px={0}>Name, place, environment, resources, retries</Accordion.Control>
          <Accordion.Panel>
            <Stack gap="sm">
              <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" verticalSpacing="sm">
                <TextInput label="Name" value={draft.name} onChange={(event) => set({ name: event.currentTarget.value })} />
                <TextInput
                  label="Experiment"
                  placeholder="default"
                  value={draft.experiment}
                  onChange={(event) => set({ experiment: event.currentTarget.value })}
                />
                <Select
                  label="Profile"
                  placeholder={subject.profile ?? profiles.data?.find((one) => one.isDefault)?.name}
                  data={(profiles.data ?? []).map(({ name, description }) => ({
                    value: name,
                    label: description ? `${name}: ${description}` : name,
                  }))}
                  value={draft.profile || null}
                  onChange={(profile) => set({ profile: profile ?? '' })}
                  clearable
                />
                {field('priority', 'Priority (−100 to 100)', 0)}
                {field('maxAttempts', 'Attempts at most', subject.maxAttempts)}
                {field('timeoutSeconds', 'Time limit in seconds', subject.timeoutSeconds)}
                {field('cpus', 'Cores')}
                {field('memoryMib', 'Memory in MiB')}
                {field('gpus', 'GPUs')}
              </SimpleGrid>
              <Textarea
                label="Environment variables"
                description="One a line: name=value. What is secret belongs to the secrets of the project."
                value={draft.environment}
                onChange={(event) => set({ environment: event.currentTarget.value })}
                error={readLines(draft.environment).fault}
                autosize
                minRows={2}
                maxRows={10}
                styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
              />
            </Stack>
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  );
}
