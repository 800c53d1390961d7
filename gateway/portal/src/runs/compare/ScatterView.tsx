import { Checkbox, Select } from '@mantine/core';
import { useMemo } from 'react';
import { EmptyState } from '../../shell/EmptyState';
import { Panel } from '../../shell/Panel';
import type { Run } from '../rows';
import classes from './Compare.module.css';
import type { Field } from './fields';
import { ScatterPlot } from './ScatterPlot';
import { scatterFields } from './scatter';
import type { CompareChange, CompareSearch } from './search';

interface ScatterViewProps {
  project: string;
  runs: readonly Run[];
  fields: readonly Field[];
  search: CompareSearch;
  onChange: (change: CompareChange) => void;
}

/** Runs as points along two params or metrics, with a third as their colour. */
export function ScatterView({ project, runs, fields, search, onChange }: ScatterViewProps) {
  const choices = useMemo(() => choicesOf(fields), [fields]);
  const chosen = scatterFields(fields, search);
  if (!chosen) return <EmptyState title="No plot">Runs with a metric, and a param or another metric, make a plot.</EmptyState>;
  const { x, y, color } = chosen;
  const log = { x: search.log?.includes('x') ?? false, y: search.log?.includes('y') ?? false };
  const setLog = (next: { x: boolean; y: boolean }) =>
    onChange({ log: (`${next.x ? 'x' : ''}${next.y ? 'y' : ''}` || undefined) as CompareSearch['log'] });
  return (
    <>
      <div className={classes.controls}>
        <Select
          label="Across"
          data={choices}
          value={x.id}
          onChange={(id) => onChange({ x: id ?? undefined })}
          allowDeselect={false}
          searchable
        />
        <Select
          label="Up"
          data={choices}
          value={y.id}
          onChange={(id) => onChange({ y: id ?? undefined })}
          allowDeselect={false}
          searchable
        />
        <Select
          label="Colour"
          placeholder="One colour"
          data={choices}
          value={color?.id ?? null}
          onChange={(id) => onChange({ color: id ?? 'none' })}
          searchable
          clearable
        />
        <div className={classes.checks}>
          <Checkbox label="Logarithmic across" checked={log.x} onChange={(event) => setLog({ ...log, x: event.currentTarget.checked })} />
          <Checkbox label="Logarithmic up" checked={log.y} onChange={(event) => setLog({ ...log, y: event.currentTarget.checked })} />
        </div>
      </div>
      <Panel title={`${y.label} by ${x.label}`}>
        <ScatterPlot project={project} runs={runs} x={x} y={y} color={color} log={log} />
      </Panel>
    </>
  );
}

/** Fields as a choice, under the headings of what they are. */
function choicesOf(fields: readonly Field[]) {
  const groups = [...new Set(fields.map((field) => field.group))];
  return groups.map((group) => ({
    group,
    items: fields.filter((field) => field.group === group).map(({ id, label }) => ({ value: id, label })),
  }));
}
