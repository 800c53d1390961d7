import { TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../shell/FormDialog';
import { done } from '../shell/notices';
import { type Artifact, moveTag } from './queries';
import { isTag } from './tags';

interface TagDialogProps {
  project: string;
  artifact: Artifact;
  version: number;
  onDone: () => void;
  onClose: () => void;
}

/** What is expected of a tag that points nowhere. */
const nowhere = 0;

/** Gives a version a tag, or moves the tag to it. */
export function TagDialog({ project, artifact, version, onDone, onClose }: TagDialogProps) {
  const [text, setText] = useState('');
  const tag = text.trim();
  const from = artifact.tags?.[tag];
  const move = useMutation({
    mutationFn: () => moveTag(project, artifact.key, tag, version, from ?? nowhere),
    onSuccess: () => {
      done(`Version ${version} is tagged ${tag}`);
      onDone();
      onClose();
    },
  });
  return (
    <FormDialog
      title={`Tag version ${version} of ${artifact.key}`}
      verb={from === undefined ? 'Tag' : 'Move'}
      action={move}
      disabled={!isTag(tag) || from === version}
      onClose={onClose}
    >
      <TextInput
        label="Tag"
        description={
          from === undefined
            ? `Others name this version by it: ${artifact.key}@${tag || 'TAG'}.`
            : from === version
              ? 'It points here already.'
              : `It moves from version ${from}.`
        }
        error={tag === '' || isTag(tag) ? null : 'Letters, digits, _ and -; but neither latest nor v1, v2, …'}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        data-autofocus
      />
    </FormDialog>
  );
}
