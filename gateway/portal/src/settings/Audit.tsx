import { useQuery } from '@tanstack/react-query';
import type { Schema } from '../api/client';
import { RelativeTime } from '../format/RelativeTime';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { ScreenLink } from '../shell/ScreenLink';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { changeOf } from './changes';
import { auditQuery } from './queries';
import classes from './Settings.module.css';

type Entry = Schema<'HistoryEntry'>;
const idOf = (entry: Entry) => String(entry.version);

const columns: Column<Entry>[] = [
  { id: 'at', header: 'When', width: 110, cell: ({ at }) => <RelativeTime at={at} /> },
  { id: 'actor', header: 'Who', width: 150, sortable: true, value: ({ actor }) => actor },
  { id: 'change', header: 'What', width: 340, value: ({ type, data }) => changeOf(type, data) },
  {
    id: 'type',
    header: 'Type',
    width: 200,
    sortable: true,
    value: ({ type }) => type,
    cell: ({ type }) => <span className="mono">{type}</span>,
  },
];

/** What was changed in the project, its members and secrets, and by whom. */
export function Audit() {
  const project = useProject();
  const audit = useQuery(auditQuery(project));
  return (
    <>
      <p className={classes.what}>
        Who changed the project, its members and its secrets. What happened to runs, models and the rest is in the{' '}
        <ScreenLink to="/p/$project/events" params={{ project }}>
          events
        </ScreenLink>
        , each with who did it.
      </p>
      {audit.error ? (
        <ProblemNotice error={audit.error} onRetry={() => void audit.refetch()} />
      ) : (
        <DataTable label="Changes" fit="rows" rows={audit.data ?? []} rowId={idOf} columns={columns} loading={audit.isPending} />
      )}
    </>
  );
}
