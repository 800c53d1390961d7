import { Skeleton, Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ProblemNotice } from '../shell/ProblemNotice';
import classes from './HomeScreen.module.css';

/** What a part of the home shows while it waits, when it failed, and else. */
export function Part<Data>({
  query,
  rows = 3,
  children,
}: {
  query: UseQueryResult<Data>;
  rows?: number;
  children: (data: Data) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) {
    return (
      <div className={classes.wait}>
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
      </div>
    );
  }
  return (
    <Stack gap={22} className={classes.wait} aria-busy>
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same.
        <Skeleton key={i} height={12} width={`${90 - ((i * 23) % 45)}%`} />
      ))}
    </Stack>
  );
}
