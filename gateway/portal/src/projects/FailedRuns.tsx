import { useQuery } from '@tanstack/react-query';
import type { Schema } from '../api/client';
import { RelativeTime } from '../format/RelativeTime';
import { Panel } from '../shell/Panel';
import { ScreenLink } from '../shell/ScreenLink';
import classes from './HomeScreen.module.css';
import { failedRunsQuery } from './homeQueries';
import { Part } from './Part';

type Run = Schema<'RunInfo'>;
const most = 5;

/** Failures by themselves: children that failed with their parent are told by it. */
export function ownFailures(runs: readonly Run[]): Run[] {
  const failed = new Set(runs.map((run) => run.id));
  return runs.filter((run) => !run.parent || !failed.has(run.parent));
}

/** What failed, the cause first. */
export function FailedRuns({ project }: { project: string }) {
  const runs = useQuery(failedRunsQuery(project));
  return (
    <Panel title="Failed">
      <Part query={runs}>
        {({ items }) => (
          <ul className={classes.list}>
            {ownFailures(items)
              .slice(0, most)
              .map((run) => (
                <li key={run.id} className={classes.failed}>
                  <p className={classes.cause} title={run.cause ?? undefined}>
                    {run.cause ?? 'No cause was given.'}
                  </p>
                  <div className={classes.about}>
                    <ScreenLink to="/p/$project/runs/$run" params={{ project, run: run.id }}>
                      {run.name}
                    </ScreenLink>
                    <span>{run.experiment}</span>
                    {run.attempt > 1 && <span>attempt {run.attempt}</span>}
                    <RelativeTime at={run.endedAt ?? run.createdAt} />
                  </div>
                </li>
              ))}
          </ul>
        )}
      </Part>
    </Panel>
  );
}
