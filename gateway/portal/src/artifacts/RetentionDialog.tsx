import { NumberInput, Radio, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { exact } from '../format/times';
import { FormDialog } from '../shell/FormDialog';
import { done } from '../shell/notices';
import { retain, type Version } from './queries';

interface RetentionDialogProps {
  project: string;
  version: Version;
  onDone: () => void;
  onClose: () => void;
}

/** Says how long a version is kept. */
export function RetentionDialog({ project, version, onDone, onClose }: RetentionDialogProps) {
  const [kept, setKept] = useState(version.expiresAt ? 'days' : 'always');
  const [days, setDays] = useState<number | string>(30);
  const isTemporary = kept === 'days';
  const change = useMutation({
    mutationFn: () => retain(project, version.key, version.version, isTemporary ? Number(days) : null),
    onSuccess: () => {
      done(isTemporary ? `Version ${version.version} goes in ${days} days` : `Version ${version.version} is kept always`);
      onDone();
      onClose();
    },
  });
  return (
    <FormDialog
      title={`Keep version ${version.version} of ${version.key}`}
      verb="Save"
      action={change}
      disabled={isTemporary && !(Number(days) >= 1 && Number(days) <= 3650)}
      onClose={onClose}
    >
      <Radio.Group
        label="How long"
        description={
          version.expiresAt ? `As it is, it goes on ${exact(version.expiresAt)}.` : 'As it is, it is kept until somebody deletes it.'
        }
        value={kept}
        onChange={setKept}
      >
        <Stack gap={6} mt={8}>
          <Radio value="always" label="Until somebody deletes it" size="xs" />
          <Radio value="days" label="For some days from now, unless a tag or a model needs it" size="xs" />
        </Stack>
      </Radio.Group>
      {isTemporary && <NumberInput label="Days" min={1} max={3650} allowDecimal={false} value={days} onChange={setDays} w={120} />}
    </FormDialog>
  );
}
