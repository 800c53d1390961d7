import { useQuery } from '@tanstack/react-query';
import { counted } from '../format/numbers';
import { Elapsed, RelativeTime } from '../format/RelativeTime';
import { EmptyState } from '../shell/EmptyState';
import { Panel } from '../shell/Panel';
import { ScreenLink } from '../shell/ScreenLink';
import { StatusBadge } from '../shell/StatusBadge';
import classes from './HomeScreen.module.css';
import { currentRunsQuery, queuedJobsQuery } from './homeQueries';
import { Part } from './Part';

const most = 8;

/** What runs now, and what waits and why. */
export function CurrentRuns({ project }: { project: string }) {
  const runs = useQuery(currentRunsQuery(project));
  const queued = useQuery(queuedJobsQuery(project));
  const reasons = new Map(queued.data?.items.map((job) => [job.id, job.unschedulable]));

  return (
    <Panel
      title="Running now"
      aside={
        <ScreenLink to="/p/$project/runs" params={{ project }} optional>
          All runs
        </ScreenLink>
      }
    >
      <Part query={runs}>
        {({ items, next }) => {
          const sorted = [...items].sort((a, b) => Number(a.status === 'pending') - Number(b.status === 'pending'));
          return items.length === 0 ? (
            <EmptyState compact title="Nothing runs" command={`mesh run train.py -P ${project}`}>
              Runs show here from the moment they are created.
            </EmptyState>
          ) : (
            <ul className={classes.list}>
              {sorted.slice(0, most).map((run) => (
                <li key={run.id} className={`${classes.row} ${classes.run}`}>
                  <ScreenLink
                    to="/p/$project/runs/$run"
                    params={{ project, run: run.id }}
                    className={`line ${classes.name}`}
                    title={run.name}
                  >
                    {run.name}
                  </ScreenLink>
                  <span className="line quiet" title={run.experiment}>
                    {run.experiment}
                  </span>
                  <StatusBadge status={run.status} cause={reasons.get(run.id)} />
                  <span className={`quiet ${classes.end}`}>
                    {run.startedAt ? <Elapsed from={run.startedAt} to={run.endedAt} /> : <RelativeTime at={run.createdAt} />}
                  </span>
                  {reasons.get(run.id) && <span className={classes.bad}>{reasons.get(run.id)}</span>}
                </li>
              ))}
              {items.length > most && (
                <li className={classes.row}>
                  <span className="quiet">and {next ? 'many more' : counted(items.length - most, 'more', 'more')}</span>
                </li>
              )}
            </ul>
          );
        }}
      </Part>
    </Panel>
  );
}
