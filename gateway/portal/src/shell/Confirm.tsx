import { TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { FormDialog } from './FormDialog';

interface ConfirmProps {
  title: string;
  /** What it does or removes. */
  children: ReactNode;
  /** What the button says. */
  verb: string;
  /** What is to be typed first, where there is no way back. */
  typed?: string;
  act: () => Promise<unknown>;
  onDone?: () => void;
  onClose: () => void;
}

/** Asks before something is done that people would not like to have done by mistake. */
export function Confirm({ title, children, verb, typed, act, onDone, onClose }: ConfirmProps) {
  const [text, setText] = useState('');
  const action = useMutation({
    mutationFn: act,
    onSuccess: () => {
      onClose();
      onDone?.();
    },
  });
  return (
    <FormDialog title={title} verb={verb} action={action} disabled={typed !== undefined && text !== typed} destructive onClose={onClose}>
      <div>{children}</div>
      {typed !== undefined && (
        <TextInput
          label={`Type ${typed} to go on`}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          autoComplete="off"
        />
      )}
    </FormDialog>
  );
}
