import { NumberInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../shell/FormDialog';
import { done } from '../shell/notices';
import { replayWebhook, type Webhook } from './queries';

/** Asks from which position on events are sent again. */
export function ReplayDialog({
  project,
  webhook,
  onClose,
  onDone,
}: {
  project: string;
  webhook: Webhook;
  onClose: () => void;
  onDone: () => void;
}) {
  const [after, setAfter] = useState<number | string>('');
  const replay = useMutation({
    mutationFn: () => replayWebhook(project, webhook.name, Number(after)),
    onSuccess: () => {
      done(`Webhook ${webhook.name} goes on after position ${after}`);
      onDone();
      onClose();
    },
  });
  return (
    <FormDialog title={`Replay to ${webhook.name}`} verb="Replay" action={replay} disabled={after === ''} onClose={onClose}>
      <div>
        Events after the position that fit its types are sent, in order, also those that the receiver took before: it knows them by their
        id.
        {webhook.paused && ' The webhook is paused: they wait until it goes on.'}
      </div>
      <NumberInput
        label="After position"
        description={`0 is from the beginning. It has come to ${webhook.position}; the events screen shows positions.`}
        min={0}
        allowDecimal={false}
        value={after}
        onChange={setAfter}
        hideControls
        required
        data-autofocus
      />
    </FormDialog>
  );
}
