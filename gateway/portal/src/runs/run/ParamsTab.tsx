import { TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { EmptyState } from '../../shell/EmptyState';
import type { Column } from '../../tables/column';
import { DataTable } from '../../tables/DataTable';
import type { Run } from '../rows';
import classes from './Run.module.css';

interface Entry {
  id: string;
  of: string;
  name: string;
  value: string;
}

const columns: Column<Entry>[] = [
  { id: 'name', header: 'Name', width: 260, value: (entry) => entry.name, sortable: true, fixed: true },
  { id: 'of', header: 'Is a', width: 90, value: (entry) => entry.of, sortable: true },
  {
    id: 'value',
    header: 'Value',
    width: 620,
    value: (entry) => entry.value,
    sortable: true,
    cell: (entry) => <span className="mono">{entry.value}</span>,
  },
];

const idOf = (entry: Entry) => entry.id;

/** Params, written once, and tags, which may change. */
export function ParamsTab({ run }: { run: Run }) {
  const [text, setText] = useState('');
  const rows = useMemo(() => {
    const of = (kind: string, entries: Record<string, string>) =>
      Object.entries(entries).map(([name, value]): Entry => ({ id: `${kind} ${name}`, of: kind, name, value }));
    const wanted = text.toLowerCase();
    return [...of('param', run.params), ...of('tag', run.tags)].filter(
      ({ name, value }) => name.toLowerCase().includes(wanted) || value.toLowerCase().includes(wanted),
    );
  }, [run.params, run.tags, text]);
  return (
    <>
      <div className={classes.controls}>
        <TextInput
          aria-label="Search params and tags"
          placeholder="Search names and values"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <DataTable
        label="Params and tags"
        rows={rows}
        rowId={idOf}
        columns={columns}
        fit="rows"
        empty={
          <EmptyState compact title={text ? 'Nothing of that name or value' : 'No param and no tag'}>
            Params say what a run was told, tags what people want to find it by.
          </EmptyState>
        }
      />
    </>
  );
}
