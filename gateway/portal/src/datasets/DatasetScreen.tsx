import { Badge, Button, Skeleton, Tabs } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type ReactNode, useCallback } from 'react';
import { asProblem, Problem } from '../api/problem';
import { artifactQuery, downloadAddress } from '../artifacts/queries';
import { tagsOf } from '../artifacts/tags';
import { VersionChoice } from '../artifacts/VersionChoice';
import { Versions } from '../artifacts/Versions';
import { counted } from '../format/numbers';
import { ThingLineage } from '../lineage/ThingLineage';
import { useEvents } from '../live/LiveProject';
import { EmptyState } from '../shell/EmptyState';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { Columns } from './Columns';
import { Compare } from './Compare';
import classes from './Datasets.module.css';
import { type DatasetVersion, datasetQuery, type Profile } from './queries';
import { Rows } from './Rows';
import type { DatasetSearch, Tab } from './search';

const labels: Record<Tab, string> = { columns: 'Columns', rows: 'Rows', compare: 'Compare', versions: 'Versions', lineage: 'Lineage' };

/** One data set: the columns of a version and what is in them, its rows, what changed between versions. */
export function DatasetScreen() {
  const project = useProject();
  const { key } = useParams({ from: '/frame/p/$project/datasets/$key' });
  const search = useSearch({ from: '/frame/p/$project/datasets/$key' });
  const navigate = useNavigate();
  const artifact = useQuery(artifactQuery(project, key));
  const dataset = useQuery(datasetQuery(project, key, search.version));
  const queries = useQueryClient();
  // It may come before the answer that says that it is not there yet: that answer is asked for anew.
  useEvents('dataset.profiled', ({ subject }) => {
    if (subject === key) void queries.invalidateQueries({ queryKey: [project, 'datasets', 'one', key] });
  });
  const tab = search.tab ?? 'columns';

  const set = useCallback(
    (change: { [K in keyof DatasetSearch]: DatasetSearch[K] | undefined }, replace = true) =>
      void navigate({
        to: '/p/$project/datasets/$key',
        params: { project, key },
        search: (known) => Object.fromEntries(Object.entries({ ...known, ...change }).filter(([, value]) => value !== undefined)),
        replace,
      }),
    [navigate, project, key],
  );
  const chooseColumn = useCallback((column: string) => set({ column }), [set]);
  const compareWith = useCallback((against: number) => set({ tab: 'compare', against }), [set]);

  const above = (
    <Link to="/p/$project/datasets" params={{ project }}>
      Data sets
    </Link>
  );
  const error = artifact.error ?? dataset.error;
  if (error) {
    return (
      <Screen title={key} above={above}>
        {asProblem(error).isNotFound ? (
          <EmptyState title={artifact.error ? 'No such data set' : `No version ${search.version}`}>
            It was deleted, its time was over, or it is no data set.
          </EmptyState>
        ) : (
          <ProblemNotice error={error} onRetry={() => void Promise.all([artifact.refetch(), dataset.refetch()])} />
        )}
      </Screen>
    );
  }

  if (!artifact.data || !dataset.data) {
    return (
      <Screen title={key} above={above}>
        <Skeleton height={36} mb="md" />
        <Skeleton height={320} />
      </Screen>
    );
  }

  const { version: shown, profile } = dataset.data;
  const number = shown.version;
  const newest = artifact.data.latest.version;
  const withProfile = (part: (profile: Profile) => ReactNode) => (profile ? part(profile) : <NoProfile dataset={dataset.data} />);
  const panels: Record<Tab, () => ReactNode> = {
    columns: () => withProfile((known) => <Columns profile={known} chosen={search.column} onChoose={chooseColumn} />),
    rows: () =>
      withProfile((known) => (
        <Rows
          project={project}
          dataset={key}
          version={number}
          profile={known}
          filter={search.filter}
          onFilter={(filter) => set({ filter }, false)}
        />
      )),
    compare: () =>
      withProfile(() => (
        <Compare
          project={project}
          artifact={artifact.data}
          version={number}
          against={search.against}
          chosen={search.column}
          onAgainst={compareWith}
          onChoose={chooseColumn}
        />
      )),
    versions: () => (
      <Versions
        project={project}
        artifact={artifact.data}
        screen="/p/$project/datasets/$key"
        more={(version) =>
          version.version === number ? [] : [{ label: `Compare version ${number} with it`, act: () => compareWith(version.version) }]
        }
        onDeleted={(deleted) => {
          if (deleted === search.version) set({ version: undefined });
          if (deleted === search.against) set({ against: undefined });
        }}
      />
    ),
    lineage: () => <ThingLineage kind="dataset" name={`${key}@${number}`} search={search} onChange={set} />,
  };

  return (
    <Screen
      title={key}
      above={above}
      fill={tab !== 'versions' && tab !== 'lineage'}
      beside={
        <>
          {tagsOf(artifact.data, number).map((tag) => (
            <Badge key={tag}>{tag}</Badge>
          ))}
          {profile && (
            <span className="quiet">
              {counted(profile.rows, 'row')}, {counted(profile.columns.length, 'column')}
            </span>
          )}
        </>
      }
      actions={
        <>
          <VersionChoice
            project={project}
            artifact={artifact.data}
            version={number}
            onChoose={(next) =>
              set({ version: next === newest ? undefined : next, against: next === search.against ? undefined : search.against }, false)
            }
          />
          <Button
            variant="default"
            renderRoot={(props) => (
              <Link
                {...props}
                to="/p/$project/artifacts/$key"
                params={{ project, key }}
                search={search.version ? { version: search.version } : {}}
              />
            )}
          >
            As artifact
          </Button>
          <Button component="a" variant="default" href={downloadAddress(project, key, number)} download>
            Download
          </Button>
        </>
      }
    >
      <Tabs value={tab} onChange={(next) => set({ tab: next === 'columns' ? undefined : (next as Tab) })} className={classes.tabs ?? ''}>
        <Tabs.List>
          {(Object.keys(labels) as Tab[]).map((name) => (
            <Tabs.Tab key={name} value={name}>
              {labels[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {(Object.keys(labels) as Tab[]).map((name) => (
          <Tabs.Panel key={name} value={name} className={classes.tab ?? ''}>
            {panels[name]()}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Screen>
  );
}

/** What stands where the profile is not there: it is made, or the file cannot be read. */
function NoProfile({ dataset: { fault, format } }: { dataset: DatasetVersion }) {
  if (fault) {
    const place = [fault.line != null && `line ${fault.line}`, fault.column && `column ${fault.column}`].filter(Boolean).join(', ');
    const sentence = `This version cannot be read${format ? ` as ${format}` : ''}: ${fault.detail}${place ? ` (${place})` : ''}`;
    return <ProblemNotice error={new Problem(422, fault.code, sentence)} />;
  }

  return (
    <EmptyState title="It is being read">
      The statistics of its columns are made once for each version. Large files take a while; they come by themselves.
    </EmptyState>
  );
}
