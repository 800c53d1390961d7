import { ActionIcon, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './EmptyState.module.css';

interface EmptyStateProps {
  title: string;
  /** What the place is for. */
  children: ReactNode;
  /** The command that fills it. */
  command?: string;
  /** Or the button that does. */
  action?: ReactNode;
  compact?: boolean;
}

/** What stands where nothing is yet: what the place is for, and how it is filled. */
export function EmptyState({ title, children, command, action, compact = false }: EmptyStateProps) {
  return (
    <div className={classes.empty} data-compact={compact || undefined}>
      <p className={classes.title}>{title}</p>
      <p className={classes.text}>{children}</p>
      {command && <Command text={command} />}
      {action}
    </div>
  );
}

/** A command for the terminal, with a button that copies it. */
export function Command({ text }: { text: string }) {
  return (
    <div className={classes.command}>
      <code>{text}</code>
      <CopyButton value={text} timeout={1500}>
        {({ copied, copy }) => (
          <ActionIcon aria-label={copied ? 'Copied' : `Copy command: ${text}`} onClick={copy} size="sm">
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        )}
      </CopyButton>
    </div>
  );
}
