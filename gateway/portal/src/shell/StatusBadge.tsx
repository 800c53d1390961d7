import { Tooltip } from '@mantine/core';
import {
  type Icon,
  IconAlertTriangleFilled,
  IconCircleCheckFilled,
  IconCircleDashed,
  IconCircleXFilled,
  IconClock,
  IconLoader2,
  IconPlayerStopFilled,
} from '@tabler/icons-react';
import classes from './StatusBadge.module.css';

type Meaning = 'ok' | 'bad' | 'warn' | 'busy' | 'idle';

// How the words that the API uses for states are meant, whatever they are states of.
const meanings: Record<string, [Meaning, Icon]> = {
  completed: ['ok', IconCircleCheckFilled],
  succeeded: ['ok', IconCircleCheckFilled],
  ready: ['ok', IconCircleCheckFilled],
  healthy: ['ok', IconCircleCheckFilled],
  active: ['ok', IconCircleCheckFilled],
  approved: ['ok', IconCircleCheckFilled],
  stable: ['ok', IconCircleCheckFilled],
  delivered: ['ok', IconCircleCheckFilled],
  failed: ['bad', IconCircleXFilled],
  rejected: ['bad', IconCircleXFilled],
  unreadable: ['bad', IconCircleXFilled],
  drifted: ['warn', IconAlertTriangleFilled],
  suspected: ['warn', IconAlertTriangleFilled],
  drifting: ['warn', IconAlertTriangleFilled],
  failing: ['warn', IconAlertTriangleFilled],
  aborting: ['warn', IconLoader2],
  deleting: ['warn', IconLoader2],
  aborted: ['idle', IconPlayerStopFilled],
  running: ['busy', IconLoader2],
  loading: ['busy', IconLoader2],
  profiling: ['busy', IconLoader2],
  pending: ['idle', IconClock],
  queued: ['idle', IconClock],
};

const other: [Meaning, Icon] = ['idle', IconCircleDashed];

/** A state in a word, with a mark that also those see who see no colours; why it is so, on hover. */
export function StatusBadge({ status, cause, label }: { status: string; cause?: string | null | undefined; label?: string }) {
  const [meaning, Mark] = meanings[status] ?? other;
  const badge = (
    <span className={classes.badge} data-meaning={meaning} {...(cause ? { tabIndex: 0 } : {})}>
      <Mark size={14} aria-hidden className={Mark === IconLoader2 ? classes.turning : undefined} />
      {label ?? status}
    </span>
  );
  return cause ? <Tooltip label={cause}>{badge}</Tooltip> : badge;
}
