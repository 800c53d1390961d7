import { Select } from '@mantine/core';
import { IconStack2 } from '@tabler/icons-react';
import { memo } from 'react';
import type { Schema } from '../api/client';
import type { Problem } from '../api/problem';
import type { keysOf } from './columns';
import type { Known } from './completion';
import { FilterBox } from './FilterBox';
import { groupChoices } from './groups';
import { ParentFilter } from './ParentFilter';
import classes from './RunsScreen.module.css';
import { StatusFilter } from './StatusFilter';
import { joined, questionOf, type RunsSearch } from './search';

interface RunsFiltersProps {
  project: string;
  search: RunsSearch;
  experiments: readonly Schema<'ExperimentInfo'>[] | undefined;
  keys: ReturnType<typeof keysOf>;
  /** The field that runs are grouped by. */
  by: string | undefined;
  known: Known;
  /** What is wrong with the filter. */
  problem: Problem | null;
  onChange: (change: RunsSearch) => void;
}

/** Which runs are shown, and whether in groups. Renders again only when one of these changes, not with each page of rows. */
export const RunsFilters = memo(function RunsFilters({
  project,
  search,
  experiments,
  keys,
  by,
  known,
  problem,
  onChange,
}: RunsFiltersProps) {
  return (
    <div className={classes.filters}>
      <FilterBox value={search.q ?? ''} onApply={(q) => onChange({ q })} known={known} problem={problem} />
      <StatusFilter value={questionOf(search).status} onChange={(status) => onChange({ status: joined(status) })} />
      <Select
        aria-label="Experiment"
        placeholder="All experiments"
        data={(experiments ?? []).filter((one) => Number(one.runs) > 0 || one.name === search.exp).map((one) => one.name)}
        value={search.exp ?? null}
        onChange={(exp) => onChange({ exp: exp ?? '' })}
        searchable
        clearable
        w={170}
      />
      <Select
        aria-label="Group by"
        placeholder="Not grouped"
        leftSection={<IconStack2 size={15} aria-hidden />}
        data={groupChoices(keys, by)}
        value={by ?? null}
        onChange={(field) => onChange({ by: field ?? '' })}
        searchable
        clearable
        w={160}
      />
      {search.parent && <ParentFilter project={project} parent={search.parent} onClear={() => onChange({ parent: '' })} />}
    </div>
  );
});
