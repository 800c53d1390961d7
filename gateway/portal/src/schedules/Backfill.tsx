import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { counted } from '../format/numbers';
import { exact } from '../format/times';
import { ProblemNotice } from '../shell/ProblemNotice';
import { ScreenLink } from '../shell/ScreenLink';
import { backfill, type Schedule } from './queries';

interface BackfillProps {
  project: string;
  schedule: Schedule;
  onClose: () => void;
  onDone: () => void;
}

const named = 8;

/** A moment as an input of date and time writes it, in the time zone of the reader. */
function local(time: number): string {
  const at = new Date(time);
  return new Date(time - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Submits the jobs of past times, and says which. */
export function Backfill({ project, schedule, onClose, onDone }: BackfillProps) {
  const [from, setFrom] = useState(() => local(Date.now() - 24 * 3600_000));
  const [to, setTo] = useState(() => local(Date.now()));
  const queries = useQueryClient();
  const fill = useMutation({
    mutationFn: () => backfill(project, schedule.name, new Date(from).toISOString(), new Date(to).toISOString()),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: [project, 'jobs'] });
      onDone();
    },
  });
  const times = fill.data?.times;
  const fresh = times?.filter(({ isNew }) => isNew) ?? [];

  return (
    <Modal opened onClose={onClose} title={`Backfill ${schedule.name}`}>
      {times ? (
        <Stack gap="sm">
          <Text>
            {times.length === 0
              ? 'No time of the schedule lies in this range.'
              : `${counted(fresh.length, 'job')} submitted; ${counted(times.length - fresh.length, 'time had its job', 'times had their jobs')} already.`}
          </Text>
          <ul>
            {fresh.slice(0, named).map(({ dueAt, jobId }) => (
              <li key={jobId}>
                <ScreenLink to="/p/$project/runs/$run" params={{ project, run: jobId }}>
                  {exact(dueAt)}
                </ScreenLink>
              </li>
            ))}
            {fresh.length > named && <li>and {counted(fresh.length - named, 'more', 'more')}</li>}
          </ul>
          <Group justify="flex-end">
            <Button onClick={onClose}>Close</Button>
          </Group>
        </Stack>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            fill.mutate();
          }}
        >
          <Stack gap="sm">
            <Text>Each time of the schedule in this range that has no job gets it now, with that time as its due time; at most 1,000.</Text>
            <TextInput
              type="datetime-local"
              label="From"
              value={from}
              onChange={(event) => setFrom(event.currentTarget.value)}
              required
              data-autofocus
            />
            <TextInput type="datetime-local" label="To" value={to} onChange={(event) => setTo(event.currentTarget.value)} required />
            {fill.error && <ProblemNotice error={fill.error} />}
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={fill.isPending} disabled={from >= to}>
                Submit the jobs
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
