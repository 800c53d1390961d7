import { Button, CopyButton, Group, Modal, Stack, Text } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './SecretOnce.module.css';

interface SecretOnceProps {
  title: string;
  secret: string;
  onClose: () => void;
  /** What it is for, and how it is to be kept. */
  children: ReactNode;
}

/** A secret, the one time that it is shown. */
export function SecretOnce({ title, secret, onClose, children }: SecretOnceProps) {
  return (
    <Modal opened onClose={onClose} title={title} closeOnClickOutside={false}>
      <Stack gap="sm">
        <Text>{children} This is the only time that it is shown.</Text>
        <div className={classes.secret}>{secret}</div>
        <Group justify="flex-end" gap="xs">
          <CopyButton value={secret} timeout={2000}>
            {({ copied, copy }) => (
              <Button
                leftSection={copied ? <IconCheck size={15} aria-hidden /> : <IconCopy size={15} aria-hidden />}
                onClick={copy}
                data-autofocus
              >
                {copied ? 'Copied' : 'Copy'}
              </Button>
            )}
          </CopyButton>
          <Button variant="default" onClick={onClose}>
            I have it
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
