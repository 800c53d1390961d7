import { useQuery, useQueryClient } from '@tanstack/react-query';
import { count } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { fits } from '../live/eventTypes';
import { useEvents } from '../live/LiveProject';
import type { MeshEvent } from '../live/meshEvent';
import { sentenceOf } from '../live/sentence';
import { Panel } from '../shell/Panel';
import { ScreenLink } from '../shell/ScreenLink';
import { gathered } from './gathered';
import classes from './HomeScreen.module.css';
import { activityQuery, activityTypes } from './homeQueries';
import { Part } from './Part';

const most = 100;
const shown = 25;

/** What happened, the newest first, as it happens. */
export function Activity({ project }: { project: string }) {
  const query = activityQuery(project, most);
  const events = useQuery(query);
  const queries = useQueryClient();

  useEvents('*', (event) => {
    if (!activityTypes.some((pattern) => fits(pattern, event.type))) return;
    queries.setQueryData(query.queryKey, (known) =>
      known === undefined || known.some((one) => one.position === event.position) ? known : [event, ...known].slice(0, most),
    );
  });

  return (
    <Panel
      title="Activity"
      aside={
        <ScreenLink to="/p/$project/events" params={{ project }} optional>
          All events
        </ScreenLink>
      }
    >
      <Part query={events} rows={8}>
        {(items) => (
          <ul className={classes.list}>
            {gathered(items)
              .slice(0, shown)
              .map(({ event, more }) => (
                <Entry key={event.position} event={event} others={more} />
              ))}
          </ul>
        )}
      </Part>
    </Panel>
  );
}

function Entry({ event, others }: { event: MeshEvent; others: number }) {
  const { thing, to, what, more, meaning } = sentenceOf(event);
  return (
    <li className={classes.entry}>
      <span className={classes.dot} data-meaning={meaning} aria-hidden />
      <span className={classes.sentence} title={`${event.type}${event.actor ? ` by ${event.actor}` : ''}`}>
        {to ? (
          <ScreenLink to={to.route} params={to.params} className={classes.name}>
            {thing}
          </ScreenLink>
        ) : (
          <span className={classes.name}>{thing}</span>
        )}{' '}
        {others > 0 && `and ${count(others)} more `}
        {what}
      </span>
      <span className={classes.when}>
        <RelativeTime at={event.time} />
      </span>
      {more && (
        <span className={classes.more} title={more}>
          {more}
        </span>
      )}
    </li>
  );
}
