import { ActionIcon, Badge, Button, Menu, Skeleton, Tabs } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { asProblem } from '../api/problem';
import { counted } from '../format/numbers';
import { ThingLineage } from '../lineage/ThingLineage';
import { Columns, PanelColumn } from '../shell/Columns';
import { Confirm } from '../shell/Confirm';
import { EmptyState } from '../shell/EmptyState';
import { done } from '../shell/notices';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import classes from './Artifacts.module.css';
import { Content } from './Content';
import { History } from './History';
import { artifactQuery, deleteArtifact, downloadAddress, versionQuery } from './queries';
import type { ArtifactSearch, Tab } from './search';
import { tagsOf } from './tags';
import { UploadDialog } from './UploadDialog';
import { VersionChoice } from './VersionChoice';
import { VersionFacts } from './VersionFacts';
import { Versions } from './Versions';

/** One artifact: what is in the chosen version, all versions, and what happened to it. */
export function ArtifactScreen() {
  const project = useProject();
  const { key } = useParams({ from: '/frame/p/$project/artifacts/$key' });
  const search = useSearch({ from: '/frame/p/$project/artifacts/$key' });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [doing, setDoing] = useState<'upload' | 'delete' | null>(null);
  const artifact = useQuery(artifactQuery(project, key));
  const version = useQuery(versionQuery(project, key, search.version));

  const set = useCallback(
    (change: { [K in keyof ArtifactSearch]: ArtifactSearch[K] | undefined }, replace = true) =>
      void navigate({
        to: '/p/$project/artifacts/$key',
        params: { project, key },
        search: (known) => Object.fromEntries(Object.entries({ ...known, ...change }).filter(([, value]) => value !== undefined)),
        replace,
      }),
    [navigate, project, key],
  );
  const choosePath = useCallback((path: string) => set({ path }), [set]);

  const above = (
    <Link to="/p/$project/artifacts" params={{ project }}>
      Artifacts
    </Link>
  );
  const error = artifact.error ?? version.error;
  if (error) {
    return (
      <Screen title={key} above={above}>
        {asProblem(error).isNotFound ? (
          <EmptyState
            title={artifact.error ? 'No such artifact' : `No version ${search.version}`}
            action={
              artifact.error ? undefined : (
                <Button variant="default" onClick={() => set({ version: undefined, path: undefined })}>
                  To the newest version
                </Button>
              )
            }
          >
            It was deleted, or its time was over.
          </EmptyState>
        ) : (
          <ProblemNotice error={error} onRetry={() => void Promise.all([artifact.refetch(), version.refetch()])} />
        )}
      </Screen>
    );
  }

  const shown = version.data;
  const tags = Object.keys(artifact.data?.tags ?? {}).length;
  return (
    <Screen
      title={key}
      above={above}
      beside={shown && tagsOf(artifact.data, shown.version).map((tag) => <Badge key={tag}>{tag}</Badge>)}
      actions={
        artifact.data &&
        shown && (
          <>
            <VersionChoice
              project={project}
              artifact={artifact.data}
              version={shown.version}
              onChoose={(next) => set({ version: next === artifact.data.latest.version ? undefined : next }, false)}
            />
            {shown.kind === 'dataset' && (
              <Button
                variant="default"
                renderRoot={(props) => (
                  <Link
                    {...props}
                    to="/p/$project/datasets/$key"
                    params={{ project, key }}
                    search={search.version ? { version: search.version } : {}}
                  />
                )}
              >
                As data set
              </Button>
            )}
            <Button component="a" variant="default" href={downloadAddress(project, key, shown.version)} download>
              Download
            </Button>
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon aria-label={`Actions of ${key}`} size="lg">
                  <IconDots size={16} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                {artifact.data.kind !== 'directory' && <Menu.Item onClick={() => setDoing('upload')}>Upload a new version…</Menu.Item>}
                <Menu.Item color="var(--mesh-bad)" onClick={() => setDoing('delete')}>
                  Delete the artifact…
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </>
        )
      }
    >
      {!artifact.data || !shown ? (
        <Skeleton height={320} />
      ) : (
        <Tabs value={search.tab ?? 'content'} onChange={(tab) => set({ tab: tab === 'content' ? undefined : (tab as Tab) })}>
          <Tabs.List>
            <Tabs.Tab value="content">Content</Tabs.Tab>
            <Tabs.Tab value="versions">Versions</Tabs.Tab>
            <Tabs.Tab value="lineage">Lineage</Tabs.Tab>
            <Tabs.Tab value="history">History</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="content" className={classes.tab ?? ''}>
            <Columns>
              <Content project={project} artifact={key} version={shown.version} kind={shown.kind} path={search.path} onPath={choosePath} />
              <PanelColumn>
                <VersionFacts project={project} version={shown} />
              </PanelColumn>
            </Columns>
          </Tabs.Panel>
          <Tabs.Panel value="versions" className={classes.tab ?? ''}>
            <Versions
              project={project}
              artifact={artifact.data}
              screen="/p/$project/artifacts/$key"
              onDeleted={(number) => {
                if (number === search.version) set({ version: undefined, path: undefined });
              }}
            />
          </Tabs.Panel>
          <Tabs.Panel value="lineage" className={classes.tab ?? ''}>
            <ThingLineage kind={shown.kind} name={`${key}@${shown.version}`} search={search} onChange={set} />
          </Tabs.Panel>
          <Tabs.Panel value="history" className={classes.tab ?? ''}>
            <History project={project} artifact={key} />
          </Tabs.Panel>
        </Tabs>
      )}
      {doing === 'delete' && artifact.data && (
        <Confirm
          title={`Delete ${key}?`}
          verb="Delete"
          typed={key}
          act={() => deleteArtifact(project, key)}
          onDone={() => {
            done(`${key} is deleted`);
            void queries.invalidateQueries({ queryKey: [project, 'artifacts', 'list'] });
            void navigate({ to: '/p/$project/artifacts', params: { project } });
          }}
          onClose={() => setDoing(null)}
        >
          All its versions go{tags > 0 && `, with ${counted(tags, 'tag')}`}. Their bytes go with the next collection of garbage, unless
          something else has the same. There is no way back.
        </Confirm>
      )}
      {doing === 'upload' && artifact.data && (
        <UploadDialog
          project={project}
          artifact={artifact.data}
          onDone={() => set({ version: undefined, path: undefined })}
          onClose={() => setDoing(null)}
        />
      )}
    </Screen>
  );
}
