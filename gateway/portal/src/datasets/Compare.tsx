import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { asProblem } from '../api/problem';
import type { Artifact } from '../artifacts/queries';
import { VersionChoice } from '../artifacts/VersionChoice';
import { count, measureInColumn, percent } from '../format/numbers';
import { useEvents } from '../live/LiveProject';
import { EmptyState } from '../shell/EmptyState';
import { ProblemNotice } from '../shell/ProblemNotice';
import { StatusBadge } from '../shell/StatusBadge';
import { CellButton } from '../tables/CellButton';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import classes from './Datasets.module.css';
import { Detail } from './Detail';
import { DriftDetail } from './DriftDetail';
import { driftOf, missingShare, schemaChanges } from './drift';
import { type Drift, diffQuery } from './queries';

interface CompareProps {
  project: string;
  artifact: Artifact;
  version: number;
  against: number | undefined;
  /** The column that is shown in full. */
  chosen: string | undefined;
  onAgainst: (version: number) => void;
  onChoose: (column: string) => void;
}

const idOf = (drift: Drift) => drift.column;
const mostTold = 12;
const mostMoved = { column: 'psi', descending: true };

/** What is different in a version, compared with another: its schema, its number of rows, the values of each column. */
export function Compare({ project, artifact, version, against, chosen, onAgainst, onChoose }: CompareProps) {
  const enabled = version > 1 || against !== undefined;
  const diff = useQuery({ ...diffQuery(project, artifact.key, version, against), enabled });
  const isRead = diff.error !== null && asProblem(diff.error).code === 'dataset.profiling';
  // It may come before the answer that says that it is not there yet: that answer is asked for anew.
  useEvents('dataset.profiled', ({ subject }) => {
    if (enabled && !diff.data && subject === artifact.key) void diff.refetch();
  });
  const data = diff.data;
  const mostDrifted = useMemo(() => [...(data?.columns ?? [])].sort((a, b) => (b.psi ?? -1) - (a.psi ?? -1))[0], [data]);
  const shown = data?.columns.find(({ column }) => column === chosen) ?? mostDrifted;
  const name = shown?.column;
  const columns = useMemo(() => columnsOf(name, onChoose), [name, onChoose]);
  if (artifact.versions === 1) {
    return (
      <EmptyState title="There is one version" command={`mesh datasets put ${artifact.key} data.csv -P ${project}`}>
        With the next one stands here what changed: columns, rows, and how the values of each column moved.
      </EmptyState>
    );
  }

  const changes = data ? schemaChanges(data) : [];
  const more = (data?.rowsAfter ?? 0) - (data?.rowsBefore ?? 0);
  return (
    <>
      <div className={classes.filters}>
        <span>Version {version} against</span>
        <VersionChoice
          project={project}
          artifact={artifact}
          version={against ?? data?.against ?? null}
          except={version}
          label="Compared with"
          onChoose={onAgainst}
        />
        {data && (
          <span>
            {count(data.rowsBefore)} → {count(data.rowsAfter)} rows{' '}
            <span className="quiet">{more === 0 ? '' : `(${more > 0 ? '+' : '−'}${count(Math.abs(more))})`}</span>
          </span>
        )}
        {data?.isSame && <StatusBadge status="stable" label="the same bytes" />}
      </div>
      {changes.length > 0 && (
        <ul className={classes.changes} aria-label="Changes of the schema">
          {changes.slice(0, mostTold).map((change) => (
            <li key={change}>{change}</li>
          ))}
          {changes.length > mostTold && <li className="quiet">and {count(changes.length - mostTold)} more</li>}
        </ul>
      )}
      {isRead ? (
        <EmptyState title="The other version is being read">
          The statistics of its columns are made once. What changed comes by itself.
        </EmptyState>
      ) : diff.error ? (
        <ProblemNotice error={diff.error} onRetry={() => void diff.refetch()} />
      ) : version === 1 && against === undefined ? (
        <EmptyState title="This is the first version">Choose another one to compare it with.</EmptyState>
      ) : !data ? (
        <Skeleton height={320} />
      ) : (
        <div className={classes.split}>
          <DataTable
            label="Columns that both have"
            rows={data.columns}
            rowId={idOf}
            columns={columns}
            sort={mostMoved}
            onOpen={({ column }) => onChoose(column)}
            empty={<EmptyState title="No column in common">All columns of one are missing in the other.</EmptyState>}
          />
          <Detail>{shown && <DriftDetail drift={shown} version={data.version} against={data.against} />}</Detail>
        </div>
      )}
    </>
  );
}

const columnsOf = (chosen: string | undefined, onChoose: (column: string) => void): Column<Drift>[] => [
  {
    id: 'name',
    header: 'Column',
    width: 160,
    fixed: true,
    sortable: true,
    value: ({ column }) => column,
    cell: ({ column }) => <CellButton text={column} chosen={column === chosen} onChoose={() => onChoose(column)} />,
  },
  {
    id: 'drift',
    header: 'Drift',
    width: 104,
    cell: ({ psi }) => {
      const state = driftOf(psi);
      return state && <StatusBadge status={state.status} label={state.label} />;
    },
  },
  {
    id: 'psi',
    header: 'PSI',
    width: 72,
    align: 'right',
    sortable: true,
    value: ({ psi }) => psi ?? null,
    cell: ({ psi }) => (psi == null ? null : psi.toFixed(3)),
  },
  {
    id: 'shift',
    header: 'Mean moved',
    width: 104,
    align: 'right',
    sortable: true,
    value: ({ meanShift }) => (meanShift == null ? null : Math.abs(meanShift)),
    cell: ({ meanShift }) =>
      meanShift == null ? null : `${meanShift > 0 ? '+' : meanShift < 0 ? '−' : ''}${Math.abs(meanShift).toFixed(2)} σ`,
  },
  {
    id: 'mean before',
    header: 'Mean before',
    width: 106,
    align: 'right',
    value: ({ before }) => before.numbers?.mean ?? null,
    cell: ({ before }) => (before.numbers?.mean == null ? null : measureInColumn(before.numbers.mean)),
  },
  {
    id: 'mean',
    header: 'Mean now',
    width: 100,
    align: 'right',
    value: ({ after }) => after.numbers?.mean ?? null,
    cell: ({ after }) => (after.numbers?.mean == null ? null : measureInColumn(after.numbers.mean)),
  },
  {
    id: 'missing',
    header: 'Missing',
    width: 130,
    align: 'right',
    value: ({ before, after }) => `${percent(missingShare(before))} → ${percent(missingShare(after))}`,
    cell: ({ before, after }) =>
      before.missing + after.missing === 0 ? (
        <span className="quiet">0</span>
      ) : (
        `${percent(missingShare(before))} → ${percent(missingShare(after))}`
      ),
  },
];
