import { Button, Group, List, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from '@tanstack/react-query';
import { asProblem } from '../api/problem';
import { counted } from '../format/numbers';
import { done, failed } from '../shell/notices';
import { deleteRuns, restoreRuns, retentionQuery } from './queries';
import type { Run } from './rows';

interface DeleteRunsProps {
  project: string;
  runs: Run[];
  onClose: () => void;
  onDeleted: (ids: string[]) => void;
  onRestored: (ids: string[]) => void;
}

const named = 5;
const atWork = new Set(['running', 'aborting']);

/** Says what deleting removes, and does it; it can be taken back. */
export function DeleteRuns({ project, runs, onClose, onDeleted, onRestored }: DeleteRunsProps) {
  const retention = useQuery(retentionQuery(project));
  const goners = runs.filter((run) => !atWork.has(run.status));
  const left = runs.length - goners.length;
  const days = retention.data?.purgeDeletedAfterDays;

  const restore = async (ids: string[]) => {
    const outcome = await restoreRuns(project, ids);
    if (outcome.failed[0]) failed(`${counted(outcome.failed.length, 'run')} not restored`, outcome.failed[0].error);
    if (outcome.done.length > 0) {
      done(`${counted(outcome.done.length, 'run')} restored`);
      onRestored(outcome.done);
    }
  };

  const remove = useMutation({
    mutationFn: () =>
      deleteRuns(
        project,
        goners.map((run) => run.id),
      ),
    onSuccess: (outcome) => {
      onDeleted(outcome.done);
      onClose();
      if (outcome.failed[0]) failed(`${counted(outcome.failed.length, 'run')} not deleted`, outcome.failed[0].error);
      if (outcome.done.length === 0) return;
      const id = notifications.show({
        autoClose: 15_000,
        message: (
          <Group justify="space-between" gap="xs">
            {counted(outcome.done.length, 'run')} deleted
            <Button
              variant="subtle"
              onClick={() => {
                notifications.hide(id);
                void restore(outcome.done);
              }}
            >
              Undo
            </Button>
          </Group>
        ),
      });
    },
    onError: (error) => failed('Not deleted', asProblem(error)),
  });

  return (
    <Modal opened onClose={onClose} title={`Delete ${counted(goners.length, 'run')}?`}>
      <Stack gap="sm">
        {goners.length > 0 && (
          <List size="sm">
            {goners.slice(0, named).map((run) => (
              <List.Item key={run.id}>
                {run.name} <span className="quiet">in {run.experiment}</span>
              </List.Item>
            ))}
            {goners.length > named && <List.Item>and {counted(goners.length - named, 'more', 'more')}</List.Item>}
          </List>
        )}
        <Text>
          They go out of sight, with their params, metrics and logs; models and artifacts that they made stay.{' '}
          {days === undefined || days === null
            ? 'They can be restored until somebody purges them.'
            : `They can be restored for ${counted(days, 'day')}; after that they are purged for good.`}
        </Text>
        {left > 0 && <Text>{counted(left, 'run is', 'runs are')} at work and left alone: abort first what is to be deleted.</Text>}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button color="red.8" loading={remove.isPending} disabled={goners.length === 0} onClick={() => remove.mutate()}>
            Delete
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
