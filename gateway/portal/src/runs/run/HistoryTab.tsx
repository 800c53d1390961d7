import { Button, Skeleton } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { rowsOf } from '../../api/paging';
import { RelativeTime } from '../../format/RelativeTime';
import { Panel } from '../../shell/Panel';
import { ProblemNotice } from '../../shell/ProblemNotice';
import { historyQuery } from './queries';
import classes from './Run.module.css';

interface HistoryTabProps {
  project: string;
  run: string;
  at: number | undefined;
  onChoose: (at: number | undefined) => void;
}

/** What happened to a run, event by event; each is a moment that the run can be seen at. */
export function HistoryTab({ project, run, at, onChoose }: HistoryTabProps) {
  const history = useInfiniteQuery(historyQuery(project, run));
  if (history.error) return <ProblemNotice error={history.error} onRetry={() => void history.refetch()} />;
  if (!history.data) return <Skeleton height={200} />;
  return (
    <Panel title="History">
      <ol className={classes.history}>
        {rowsOf(history.data).map((entry) => (
          <li key={entry.version} data-chosen={entry.version === at || undefined}>
            <span className="quiet number">{entry.version}</span>
            <span className={classes.event}>{entry.type.replace(/^run\./, '').replaceAll('-', ' ')}</span>
            <span className="line quiet" title={entry.actor ?? undefined}>
              {entry.actor}
            </span>
            <code className="line" title={JSON.stringify(entry.data)}>
              {JSON.stringify(entry.data)}
            </code>
            <RelativeTime at={entry.at} />
            <Button variant="subtle" size="compact-sm" onClick={() => onChoose(entry.version)} disabled={entry.version === at}>
              See it then
            </Button>
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
