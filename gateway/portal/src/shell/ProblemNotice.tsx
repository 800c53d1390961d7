import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { asProblem } from '../api/problem';
import classes from './ProblemNotice.module.css';

/** What went wrong, in the sentence of the problem, and what to do. */
export function ProblemNotice({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const problem = asProblem(error);
  return (
    <div role="alert" className={classes.notice}>
      <IconAlertTriangle size={18} aria-hidden className={classes.icon} />
      <div className={classes.text}>
        <p>{problem.sentence}</p>
        <p className={classes.detail}>
          {problem.code}
          {problem.traceId && ` · trace ${problem.traceId}`}
        </p>
      </div>
      {onRetry && (
        <Button variant="default" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}
