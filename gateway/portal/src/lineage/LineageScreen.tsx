import { useNavigate, useSearch } from '@tanstack/react-router';
import { EmptyState } from '../shell/EmptyState';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { readOf, writeOf } from './address';
import classes from './Lineage.module.css';
import { StartSearch } from './StartSearch';
import type { LineageSearch } from './search';
import { ThingLineage } from './ThingLineage';

/** Where a thing of the project came from and what it led to, from any start. */
export function LineageScreen() {
  const project = useProject();
  const search = useSearch({ from: '/frame/p/$project/lineage' });
  const navigate = useNavigate();
  const thing = search.of === undefined ? null : readOf(project, search.of);
  const go = (change: { [Key in keyof LineageSearch]?: LineageSearch[Key] | undefined }, replace: boolean) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, value]) => value !== undefined)) as LineageSearch;
    void navigate({ to: '/p/$project/lineage', params: { project }, search: next, replace });
  };
  const { kind = '', ...rest } = thing ?? { project, key: '' };
  const name = writeOf({ kind, ...rest }).slice(kind.length + 1);
  return (
    <Screen title={thing ? `Lineage of ${name}` : 'Lineage'}>
      <div className={classes.sought}>
        <StartSearch project={project} of={search.of} onChoose={(of) => go({ of }, false)} />
      </div>
      {!thing ? (
        <EmptyState title="Choose where to start" command={`mesh lineage mesh://${project}/dataset/KEY`}>
          Lineage tells what data, code and runs a thing was made from, and what models and endpoints depend on it. Mesh keeps it by itself,
          from what runs read and write.
        </EmptyState>
      ) : (
        <ThingLineage key={search.of} kind={kind} name={name} search={search} onChange={(extent) => go(extent, true)} />
      )}
    </Screen>
  );
}
