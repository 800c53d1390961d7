import { useQueryClient } from '@tanstack/react-query';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { ProblemNotice } from './ProblemNotice';
import { Screen } from './Screen';

/** What stands in place of a screen that failed. */
export function ScreenError({ error, reset }: ErrorComponentProps) {
  const queries = useQueryClient();
  const again = () => {
    void queries.invalidateQueries();
    reset();
  };
  return (
    <Screen title="Something went wrong">
      <ProblemNotice error={error} onRetry={again} />
    </Screen>
  );
}
