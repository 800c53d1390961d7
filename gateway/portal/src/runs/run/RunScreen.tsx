import { Button, Skeleton, Tabs } from '@mantine/core';
import { IconRepeat } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { asProblem } from '../../api/problem';
import { RunAgain } from '../../jobs/RunAgain';
import { LineageOf } from '../../lineage/LineageOf';
import { extentOf, searchOf } from '../../lineage/search';
import { done, failed } from '../../shell/notices';
import { ProblemNotice } from '../../shell/ProblemNotice';
import { useProject } from '../../shell/projectName';
import { Screen } from '../../shell/Screen';
import { ScreenLink } from '../../shell/ScreenLink';
import { StatusBadge } from '../../shell/StatusBadge';
import { DeleteRuns } from '../DeleteRuns';
import type { Run } from '../rows';
import { ArtifactsTab } from './ArtifactsTab';
import { AttemptsTab } from './AttemptsTab';
import { ChartsTab } from './ChartsTab';
import { ChildrenTab } from './ChildrenTab';
import { HistoryTab } from './HistoryTab';
import { LogsTab } from './LogsTab';
import { NoRun } from './NoRun';
import { OverviewTab } from './OverviewTab';
import { ParamsTab } from './ParamsTab';
import { abortRun, runQuery } from './queries';
import classes from './Run.module.css';
import type { RunSearch, Tab } from './search';
import { useLivePoints } from './useLivePoints';

const labels: Record<Tab, string> = {
  overview: 'Overview',
  charts: 'Charts',
  params: 'Params and tags',
  logs: 'Log',
  artifacts: 'Artifacts',
  lineage: 'Lineage',
  attempts: 'Attempts',
  children: 'Child runs',
  history: 'History',
};

const atWork = new Set(['pending', 'running']);

/** One run: what it is, did and left, live while it runs, or as it was at a point of its history. */
export function RunScreen() {
  const project = useProject();
  const { run: id } = useParams({ from: '/frame/p/$project/runs/$run' });
  const search = useSearch({ from: '/frame/p/$project/runs/$run' });
  const navigate = useNavigate();
  const run = useQuery(runQuery(project, id, search.at));
  const tab = search.tab ?? 'overview';
  useLivePoints(project, id, run.data?.status === 'running' && search.at === undefined);

  const set = (change: { [Key in keyof RunSearch]?: RunSearch[Key] | undefined }, replace = true) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, value]) => value !== undefined)) as RunSearch;
    void navigate({ to: '/p/$project/runs/$run', params: { project, run: id }, search: next, replace });
  };

  const above = (
    <ScreenLink to="/p/$project/runs" params={{ project }}>
      Runs
    </ScreenLink>
  );
  if (run.error) {
    return (
      <Screen title="Run" above={above}>
        {asProblem(run.error).isNotFound ? (
          <NoRun project={project} id={id} />
        ) : (
          <ProblemNotice error={run.error} onRetry={() => void run.refetch()} />
        )}
      </Screen>
    );
  }

  if (!run.data) {
    return (
      <Screen title="Run" above={above}>
        <Skeleton height={36} mb="md" />
        <Skeleton height={260} />
      </Screen>
    );
  }

  const data = run.data;
  const panels: Record<Tab, () => React.ReactNode> = {
    overview: () => <OverviewTab project={project} run={data} />,
    charts: () => <ChartsTab project={project} run={data} search={search} onChange={set} />,
    params: () => <ParamsTab run={data} />,
    logs: () => <LogsTab project={project} run={id} />,
    artifacts: () => <ArtifactsTab project={project} run={data} search={search} onChange={set} />,
    lineage: () => <LineageOf kind="run" name={id} extent={extentOf(search)} onExtent={(extent) => set(searchOf(extent))} />,
    attempts: () => <AttemptsTab project={project} run={data} />,
    children: () => <ChildrenTab project={project} run={id} />,
    history: () => (
      <HistoryTab
        project={project}
        run={id}
        at={search.at}
        onChoose={(at) => set({ at, tab: at === undefined ? 'history' : undefined }, false)}
      />
    ),
  };

  return (
    <Screen
      title={data.name}
      above={above}
      beside={<StatusBadge status={data.status} cause={data.cause} />}
      actions={search.at === undefined ? <Actions project={project} run={data} /> : undefined}
      fill={tab === 'logs' || tab === 'children'}
    >
      {search.at !== undefined && (
        <p className={classes.past} role="status">
          This is the run as it was after event {search.at} of its history.{' '}
          <Button variant="subtle" size="compact-sm" onClick={() => set({ at: undefined }, false)}>
            Back to now
          </Button>
        </p>
      )}
      <Tabs
        value={tab}
        onChange={(value) => set({ tab: value === 'overview' ? undefined : (value as Tab) })}
        className={classes.tabs ?? ''}
        keepMounted={false}
      >
        <Tabs.List>
          {(Object.keys(labels) as Tab[]).map((name) => (
            <Tabs.Tab key={name} value={name}>
              {labels[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {(Object.keys(labels) as Tab[]).map((name) => (
          <Tabs.Panel key={name} value={name} className={classes.panel ?? ''}>
            {panels[name]()}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Screen>
  );
}

function Actions({ project, run }: { project: string; run: Run }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const [again, setAgain] = useState(false);
  const refresh = () => void queries.invalidateQueries({ queryKey: [project, 'runs', 'one', run.id] });
  const abort = useMutation({
    mutationFn: () => abortRun(project, run.id),
    onSuccess: () => {
      done(`${run.name} is asked to stop`);
      refresh();
    },
    onError: (error) => failed('Not aborted', error),
  });

  const isJob = run.kind === 'job';
  return (
    <>
      {isJob && (
        <Button variant="default" leftSection={<IconRepeat size={15} aria-hidden />} onClick={() => setAgain(true)}>
          Run again…
        </Button>
      )}
      {atWork.has(run.status) ? (
        <Button variant="default" loading={abort.isPending} onClick={() => abort.mutate()}>
          Abort
        </Button>
      ) : (
        run.status !== 'aborting' && (
          <Button variant="default" onClick={() => setDeleting(true)}>
            Delete
          </Button>
        )
      )}
      {again && <RunAgain project={project} id={run.id} onClose={() => setAgain(false)} />}
      {deleting && (
        <DeleteRuns
          project={project}
          runs={[run]}
          onClose={() => setDeleting(false)}
          onDeleted={() => void navigate({ to: '/p/$project/runs', params: { project } })}
          onRestored={refresh}
        />
      )}
    </>
  );
}
