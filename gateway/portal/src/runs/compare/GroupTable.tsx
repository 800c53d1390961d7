import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Schema } from '../../api/client';
import { count, measureInColumn } from '../../format/numbers';
import { StatusBadge } from '../../shell/StatusBadge';
import type { Column } from '../../tables/column';
import { DataTable } from '../../tables/DataTable';
import classes from './Compare.module.css';
import type { Field } from './fields';
import { type Group, groupValue, keyOf } from './grouping';

interface GroupTableProps {
  project: string;
  by: readonly string[];
  fields: readonly Field[];
  metrics: readonly string[];
  figures: Schema<'RunGroups'>;
  groups: readonly Group[];
}

interface Row {
  key: string;
  values: (string | null)[];
  runs: number;
  ids: string[];
  metrics: Schema<'GroupedMetric'>[];
}

const keyOfRow = (row: Row) => row.key;

/** A row for each group: its values, how many runs, and mean, deviation, lowest and highest of each metric. */
export function GroupTable({ project, by, fields, metrics, figures, groups }: GroupTableProps) {
  const rows = useMemo(() => {
    const members = new Map(groups.map((group) => [group.key, group.runs.map((run) => run.id)]));
    return figures.groups.map((group): Row => {
      const values = (group.values as (string | null)[]).map((value, i) => groupValue(by[i] as string, value));
      const key = keyOf(values);
      return { key, values, runs: Number(group.runs), ids: members.get(key) ?? [], metrics: group.metrics };
    });
  }, [figures, groups, by]);
  const columns = useMemo(() => columnsOf(project, by, fields, metrics), [project, by, fields, metrics]);
  return (
    <div className={classes.groups}>
      <DataTable label="Groups of runs" rows={rows} rowId={keyOfRow} columns={columns} fit="rows" />
    </div>
  );
}

function columnsOf(project: string, by: readonly string[], fields: readonly Field[], metrics: readonly string[]): Column<Row>[] {
  return [
    ...by.map(
      (id, i): Column<Row> => ({
        id,
        header: fields.find((field) => field.id === id)?.label ?? id,
        width: 130,
        fixed: true,
        sortable: true,
        value: (row) => numberIfAll(row.values[i]),
        cell: (row) => {
          const value = row.values[i];
          if (value === null || value === undefined || value === '') return <span className="quiet">none</span>;
          return id === 'status' ? <StatusBadge status={value} /> : value;
        },
      }),
    ),
    {
      id: 'runs',
      header: 'Runs',
      width: 70,
      align: 'right',
      sortable: true,
      value: (row) => row.runs,
      cell: (row) =>
        row.ids.length > 1 ? (
          <Link to="/p/$project/compare" params={{ project }} search={{ runs: row.ids.join(',') }} title="Compare the runs of this group">
            {count(row.runs)}
          </Link>
        ) : (
          count(row.runs)
        ),
    },
    ...metrics.flatMap((name, i): Column<Row>[] => {
      const figure = (id: string, header: string, read: (metric: Schema<'GroupedMetric'>) => number | null | undefined): Column<Row> => ({
        id: `${name} ${id}`,
        header,
        width: Math.max(96, header.length * 7 + 24),
        align: 'right',
        sortable: true,
        value: (row) => {
          const metric = row.metrics[i];
          return metric && read(metric);
        },
        cell: (row) => {
          const metric = row.metrics[i];
          const value = metric && read(metric);
          return value === null || value === undefined ? '–' : measureInColumn(value);
        },
      });
      return [
        figure('mean', `${name}, mean`, (metric) => metric.mean),
        figure('deviation', '± deviation', (metric) => metric.stdDev),
        figure('min', 'lowest', (metric) => metric.min),
        figure('max', 'highest', (metric) => metric.max),
      ];
    }),
  ];
}

// Numbers sort as numbers.
const numberIfAll = (value: string | null | undefined): string | number | null | undefined =>
  value != null && value !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
