import { Switch, TagsInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { patternsOf } from '../events/search';
import { eventTypes } from '../live/eventTypes';
import { FormDialog } from '../shell/FormDialog';
import { done } from '../shell/notices';
import { SecretOnce } from '../shell/SecretOnce';
import { putWebhook, type Webhook } from './queries';
import { urlFault } from './standing';

interface WebhookFormProps {
  project: string;
  /** The webhook to change; a new one without. */
  webhook?: Webhook | undefined;
  onClose: () => void;
  onDone: () => void;
}

const patterns = [...new Set(eventTypes.map((type) => `${type.split('.')[0]}.*`)), ...eventTypes];

/** Asks where events are posted, and which. */
export function WebhookForm({ project, webhook, onClose, onDone }: WebhookFormProps) {
  const [name, setName] = useState(webhook?.name ?? '');
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [types, setTypes] = useState<string[]>(webhook?.types ?? []);
  const [subject, setSubject] = useState(webhook?.subject ?? '');
  const [description, setDescription] = useState(webhook?.description ?? '');
  const [paused, setPaused] = useState(webhook?.paused ?? false);
  const fault = urlFault(url);
  const save = useMutation({
    mutationFn: () =>
      putWebhook(project, name.trim(), {
        url: url.trim(),
        paused,
        ...(types.length > 0 ? { types } : {}),
        ...(subject.trim() ? { subject: subject.trim() } : {}),
        ...(description.trim() ? { description: description.trim() } : {}),
      }),
    onSuccess: ({ secret }) => {
      onDone();
      if (secret) return;
      done(`Webhook ${name} saved`);
      onClose();
    },
  });
  if (save.data?.secret)
    return (
      <SecretOnce title={`Secret of ${save.data.webhook.name}`} secret={save.data.secret} onClose={onClose}>
        Deliveries are signed with it (Standard Webhooks: HMAC-SHA256), so that the receiver knows that they come from here.
      </SecretOnce>
    );
  return (
    <FormDialog
      title={webhook ? `Webhook ${webhook.name}` : 'New webhook'}
      verb={webhook ? 'Save' : 'Create'}
      action={save}
      disabled={name.trim() === '' || url.trim() === '' || fault !== null}
      onClose={onClose}
    >
      {!webhook && (
        <TextInput
          label="Name"
          placeholder="ci"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          autoComplete="off"
          data-autofocus
        />
      )}
      <TextInput
        label="Address"
        description="Each event is posted there as a CloudEvent in JSON. Members of the project see the address."
        placeholder="https://ci.example.com/mesh"
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
        error={fault}
        required
        autoComplete="off"
      />
      <TagsInput
        label="Types"
        size="xs"
        description="All types when there is none."
        placeholder={types.length > 0 ? '' : 'run.*, drift.detected'}
        data={patterns}
        value={types}
        onChange={(next) => setTypes(patternsOf(next.join(',')))}
        clearable
      />
      <TextInput
        label="About"
        description="Only events about this run, model, endpoint, …"
        value={subject}
        onChange={(event) => setSubject(event.currentTarget.value)}
        autoComplete="off"
      />
      <TextInput
        label="Description"
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
        maxLength={1000}
        autoComplete="off"
      />
      <Switch
        label="Paused"
        description="Events wait, and are sent when it goes on."
        checked={paused}
        onChange={(event) => setPaused(event.currentTarget.checked)}
      />
    </FormDialog>
  );
}
