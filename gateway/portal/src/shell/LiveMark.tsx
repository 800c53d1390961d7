import { Tooltip } from '@mantine/core';
import { useLiveState } from '../live/LiveProject';
import classes from './LiveMark.module.css';

const words = {
  connecting: ['connecting', 'The stream of events is being opened.'],
  live: ['live', 'What happens is shown as it happens.'],
  lost: ['not live', 'The stream of events broke off and is being opened again. What is shown may be old until then.'],
} as const;

/** Whether what is shown is live. */
export function LiveMark() {
  const state = useLiveState();
  const [word, meaning] = words[state];
  return (
    <Tooltip label={meaning}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the tooltip is for those at the keyboard too. */}
      <span className={classes.mark} data-state={state} role="status" tabIndex={0}>
        <i aria-hidden />
        {word}
      </span>
    </Tooltip>
  );
}
