import { SegmentedControl, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { EmptyState } from '../../shell/EmptyState';
import { ProblemNotice } from '../../shell/ProblemNotice';
import type { Run } from '../rows';
import { isSystem } from '../run/metrics';
import { fieldOf, joined, split } from '../search';
import classes from './Compare.module.css';
import { FieldChooser } from './FieldChooser';
import type { Field } from './fields';
import { GroupCurves } from './GroupCurves';
import { GroupTable } from './GroupTable';
import { firstGrouping, groupsOf } from './grouping';
import { groupsQuery } from './queries';
import type { CompareChange, CompareSearch } from './search';

const firstMetrics = 4;
const mostMetrics = 50;
const mostFields = 5;

interface GroupsViewProps {
  project: string;
  runs: readonly Run[];
  fields: readonly Field[];
  search: CompareSearch;
  onChange: (change: CompareChange) => void;
}

/** Runs in groups, such as the seeds of one configuration: metrics over each group as figures, and as curves with what lies around them. */
export function GroupsView({ project, runs, fields, search, onChange }: GroupsViewProps) {
  const texts = useMemo(() => fields.filter((field) => field.group !== 'Metrics'), [fields]);
  const metrics = useMemo(() => fields.filter((field) => field.group === 'Metrics').map((field) => field.label), [fields]);
  const by = useMemo(
    () => (search.by ? split(search.by).filter((id) => texts.some((field) => field.id === id)) : firstGrouping(fields)),
    [search.by, texts, fields],
  );
  const chosen = useMemo(
    () =>
      search.metrics
        ? split(search.metrics)
            .filter((name) => metrics.includes(name))
            .slice(0, mostMetrics)
        : metrics.filter((name) => !isSystem(name)).slice(0, firstMetrics),
    [search.metrics, metrics],
  );
  const ids = useMemo(() => runs.map((run) => run.id), [runs]);
  const asked = by.map((id) => (/^(params|tags)\./.test(id) ? fieldOf(...partsOf(id)) : id));
  const figures = useQuery(groupsQuery(project, ids, asked, chosen));
  const groups = useMemo(() => groupsOf(runs, fields, by), [runs, fields, by]);
  return (
    <>
      <div className={classes.controls}>
        <FieldChooser
          noun="fields make groups"
          choices={texts.map(({ id, label, group }) => ({ value: id, label, group }))}
          chosen={by}
          onChoose={(next) => onChange({ by: next && joined(next) })}
          most={mostFields}
        />
        <FieldChooser
          noun="metrics"
          choices={metrics.map((name) => ({ value: name, label: name }))}
          chosen={chosen}
          onChoose={(next) => onChange({ metrics: next && joined(next) })}
          most={mostMetrics}
        />
        <SegmentedControl
          aria-label="Around the mean"
          value={search.band ?? 'deviation'}
          data={[
            { value: 'deviation', label: '± deviation' },
            { value: 'range', label: 'Lowest to highest' },
          ]}
          onChange={(value) => onChange({ band: value === 'range' ? 'range' : undefined })}
        />
      </div>
      {by.length === 0 || chosen.length === 0 ? (
        <EmptyState title="No groups">Choose at least one param, tag or attribute to group by, and one metric.</EmptyState>
      ) : figures.error ? (
        <ProblemNotice error={figures.error} onRetry={() => void figures.refetch()} />
      ) : !figures.data ? (
        <Skeleton height={240} />
      ) : (
        <>
          <GroupTable project={project} by={by} fields={fields} metrics={chosen} figures={figures.data} groups={groups} />
          <GroupCurves project={project} runs={runs} groups={groups} metrics={chosen} around={search.band ?? 'deviation'} />
        </>
      )}
    </>
  );
}

function partsOf(id: string): ['params' | 'tags', string] {
  const dot = id.indexOf('.');
  return [id.slice(0, dot) as 'params' | 'tags', id.slice(dot + 1)];
}
