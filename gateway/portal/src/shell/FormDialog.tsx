import { Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { ProblemNotice } from './ProblemNotice';

interface FormDialogProps {
  title: string;
  /** What the button says. */
  verb: string;
  /** What is done when it is sent; its problem stands above the buttons. */
  action: { mutate: () => void; isPending: boolean; error: unknown };
  /** Whether it cannot be sent as it is. */
  disabled?: boolean;
  /** Whether it takes something away: then the way back has the focus. */
  destructive?: boolean;
  /** Wide where there are many fields. */
  size?: 'md' | 'lg';
  onClose: () => void;
  children: ReactNode;
}

/** The one dialog with fields: sent by Enter or its button, left by Escape or Cancel. */
export function FormDialog({
  title,
  verb,
  action,
  disabled = false,
  destructive = false,
  size = 'md',
  onClose,
  children,
}: FormDialogProps) {
  return (
    <Modal opened onClose={onClose} title={title} size={size}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          action.mutate();
        }}
      >
        <Stack gap="sm">
          {children}
          {action.error !== null && <ProblemNotice error={action.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose} {...(destructive ? { 'data-autofocus': true } : {})}>
              Cancel
            </Button>
            <Button type="submit" loading={action.isPending} disabled={disabled} {...(destructive ? { color: 'red.8' } : {})}>
              {verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
