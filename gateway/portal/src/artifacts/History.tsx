import { Button, Skeleton } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { rowsOf } from '../api/paging';
import { RelativeTime } from '../format/RelativeTime';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import classes from './Artifacts.module.css';
import { happened } from './history';
import { historyQuery } from './queries';

/** What happened to an artifact, from its first version on. */
export function History({ project, artifact }: { project: string; artifact: string }) {
  const history = useInfiniteQuery(historyQuery(project, artifact));
  if (history.error) return <ProblemNotice error={history.error} onRetry={() => void history.refetch()} />;
  if (!history.data) return <Skeleton height={200} />;
  return (
    <Panel title="History">
      <ol className={classes.history}>
        {rowsOf(history.data).map((entry) => (
          <li key={entry.version}>
            <span className="quiet number">{entry.version}</span>
            <span>{happened(entry.type, entry.data)}</span>
            <span className="line quiet" title={entry.actor ?? undefined}>
              {entry.actor}
            </span>
            <RelativeTime at={entry.at} />
          </li>
        ))}
      </ol>
      {history.hasNextPage && (
        <Button variant="subtle" onClick={() => void history.fetchNextPage()} loading={history.isFetchingNextPage}>
          Show more
        </Button>
      )}
    </Panel>
  );
}
