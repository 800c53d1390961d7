import { Badge, Button, Select, Skeleton, Tabs } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { ThingLineage } from '../lineage/ThingLineage';
import { EmptyState } from '../shell/EmptyState';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { ScreenLink } from '../shell/ScreenLink';
import { CodeView } from './CodeView';
import { FunctionJobs } from './FunctionJobs';
import classes from './FunctionScreen.module.css';
import { functionQuery, versionsQuery } from './queries';
import { Settings } from './Settings';
import { SubmitFunction } from './SubmitFunction';
import type { FunctionSearch, Tab } from './search';
import { Versions } from './Versions';

/** A function: what it is, its code by version, how versions differ, and the jobs it ran as. */
export function FunctionScreen() {
  const project = useProject();
  const { function: name } = useParams({ from: '/frame/p/$project/functions/$function' });
  const search = useSearch({ from: '/frame/p/$project/functions/$function' });
  const navigate = useNavigate();
  const [submitting, setSubmitting] = useState(false);
  const current = useQuery(functionQuery(project, name));
  const shown = useQuery(functionQuery(project, name, search.version));
  const versions = useQuery(versionsQuery(project, name));

  const set = (change: { [K in keyof FunctionSearch]: FunctionSearch[K] | undefined }) =>
    void navigate({
      to: '/p/$project/functions/$function',
      params: { project, function: name },
      search: Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, value]) => value !== undefined)),
    });

  const fn = shown.data;
  const problem = current.error ?? shown.error;
  const tagsOf = (version: number) => Object.entries(current.data?.tags ?? {}).flatMap(([tag, to]) => (to === version ? [tag] : []));

  return (
    <Screen
      title={name}
      above={
        <Link to="/p/$project/functions" params={{ project }}>
          Functions
        </Link>
      }
      beside={fn && tagsOf(fn.version).map((tag) => <Badge key={tag}>{tag}</Badge>)}
      actions={
        fn && (
          <>
            <Select
              aria-label="Version"
              data={(versions.data ?? [fn]).map(({ version }) => ({
                value: String(version),
                label: [`Version ${version}`, version === current.data?.version ? 'current' : '', ...tagsOf(version)]
                  .filter(Boolean)
                  .join(' · '),
              }))}
              value={String(fn.version)}
              onChange={(version) => {
                const next = Number(version);
                const { version: _, ...rest } = search;
                void navigate({
                  to: '/p/$project/functions/$function',
                  params: { project, function: name },
                  search: next === current.data?.version ? rest : { ...rest, version: next },
                });
              }}
              allowDeselect={false}
              w={190}
            />
            <Button leftSection={<IconPlayerPlay size={15} aria-hidden />} onClick={() => setSubmitting(true)}>
              Submit a job…
            </Button>
          </>
        )
      }
    >
      {problem ? (
        <ProblemNotice error={problem} onRetry={() => void Promise.all([current.refetch(), shown.refetch()])} />
      ) : !fn || !current.data ? (
        <Skeleton height={320} />
      ) : (
        <>
          {fn.description && <p className={classes.description}>{fn.description}</p>}
          <Tabs value={search.tab ?? 'code'} onChange={(tab) => set({ tab: (tab ?? 'code') as Tab })}>
            <Tabs.List>
              <Tabs.Tab value="code">Code</Tabs.Tab>
              <Tabs.Tab value="settings">Params and settings</Tabs.Tab>
              <Tabs.Tab value="versions">Versions</Tabs.Tab>
              <Tabs.Tab value="jobs">Jobs</Tabs.Tab>
              <Tabs.Tab value="lineage">Lineage</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="code" className={classes.tab}>
              {fn.files.length > 0 ? (
                <CodeView files={fn.files} command={fn.command} chosen={search.file} onChoose={(file) => set({ file })} />
              ) : (
                <EmptyState title="No file is kept with the function">
                  {fn.item ? (
                    <>It runs the item {fn.item} of the hub.</>
                  ) : fn.git ? (
                    <>
                      Its code is that of <code>{fn.git.url}</code>
                      {fn.git.commit ? ` at ${fn.git.commit.slice(0, 12)}` : ''}.
                    </>
                  ) : fn.bundle ? (
                    <>
                      Its code is the artifact{' '}
                      <ScreenLink
                        to="/p/$project/artifacts/$key"
                        params={{ project, key: fn.bundle.key }}
                        search={{ version: fn.bundle.version }}
                      >
                        {fn.bundle.key}, version {fn.bundle.version}
                      </ScreenLink>
                      .
                    </>
                  ) : (
                    <>It runs a command by itself; its settings show which.</>
                  )}
                </EmptyState>
              )}
            </Tabs.Panel>
            <Tabs.Panel value="settings" className={classes.tab}>
              <Settings fn={fn} />
            </Tabs.Panel>
            <Tabs.Panel value="versions" className={classes.tab}>
              <Versions project={project} fn={current.data} from={search.from} to={search.version} onCompare={(from) => set({ from })} />
            </Tabs.Panel>
            <Tabs.Panel value="jobs" className={classes.tab}>
              <FunctionJobs project={project} name={name} />
            </Tabs.Panel>
            <Tabs.Panel value="lineage" className={classes.tab}>
              <ThingLineage kind="function" name={`${name}@${fn.version}`} search={search} onChange={set} />
            </Tabs.Panel>
          </Tabs>
          {submitting && <SubmitFunction project={project} fn={fn} current={current.data.version} onClose={() => setSubmitting(false)} />}
        </>
      )}
    </Screen>
  );
}
