import { RelativeTime } from '../format/RelativeTime';
import type { MeshEvent } from '../live/meshEvent';
import { sentenceOf } from '../live/sentence';
import { ScreenLink } from '../shell/ScreenLink';
import type { Column } from '../tables/column';
import classes from './Events.module.css';
import { lineOf } from './search';

/** The columns of events: when, what of which kind, about what, by whom. */
export const eventColumns: Column<MeshEvent>[] = [
  { id: 'position', header: 'Position', width: 84, align: 'right', value: ({ position }) => position },
  { id: 'time', header: 'When', width: 104, cell: ({ time }) => <RelativeTime at={time} /> },
  { id: 'type', header: 'Type', width: 190, value: ({ type }) => type, cell: ({ type }) => <span className="mono">{type}</span> },
  { id: 'actor', header: 'By', width: 130, value: ({ actor }) => actor },
  { id: 'what', header: 'What happened', width: 420, value: lineOf, cell: (event) => <What event={event} /> },
];

function What({ event }: { event: MeshEvent }) {
  const { thing, to, what, more, meaning } = sentenceOf(event);
  return (
    <span className={classes.what}>
      <span className={classes.dot} data-meaning={meaning} aria-hidden />
      <span className="line">
        {to ? (
          <ScreenLink to={to.route} params={to.params}>
            {thing}
          </ScreenLink>
        ) : (
          <span>{thing}</span>
        )}{' '}
        {what}
        {more && <span className="quiet">: {more}</span>}
      </span>
    </span>
  );
}
