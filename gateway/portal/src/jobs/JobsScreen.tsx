import { Button, Select } from '@mantine/core';
import { IconPlayerStop, IconRepeat, IconX } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { rowsOf } from '../api/paging';
import { counted } from '../format/numbers';
import { functionsQuery } from '../functions/queries';
import { builtInQuery } from '../hub/queries';
import { experimentsQuery } from '../runs/queries';
import { EmptyState } from '../shell/EmptyState';
import { LiveMark } from '../shell/LiveMark';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { ColumnChooser } from '../tables/ColumnChooser';
import { DataTable } from '../tables/DataTable';
import { useColumnView } from '../tables/useColumnView';
import { AbortJobs } from './AbortJobs';
import { jobColumns } from './columns';
import { Queue } from './Queue';
import classes from './Queue.module.css';
import { type Job, jobsQuery } from './queries';
import { RunAgain } from './RunAgain';
import { isAtWork, type JobsSearch, jobStatuses } from './search';

const idOf = (job: Job) => job.id;
const initial = ['status', 'cause', 'subject', 'submitted', 'duration', 'attempts', 'priority', 'by'];

/** The jobs of a project: what runs, what waits and why, what failed and why. */
export function JobsScreen() {
  const project = useProject();
  const search = useSearch({ from: '/frame/p/$project/jobs' });
  const navigate = useNavigate();
  const router = useRouter();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [aborting, setAborting] = useState(false);
  const [again, setAgain] = useState<string | null>(null);
  const jobs = useInfiniteQuery({ ...jobsQuery(project, search), placeholderData: keepPreviousData });
  const functions = useQuery(functionsQuery(project));
  const items = useQuery(builtInQuery);
  const experiments = useQuery(experimentsQuery(project));
  const rows = useMemo(() => rowsOf(jobs.data), [jobs.data]);
  const columns = useMemo(() => jobColumns(project), [project]);
  const [view, setView] = useColumnView('jobs', initial);
  const chosen = rows.filter((job) => selected.has(job.id));
  const abortable = chosen.filter(isAtWork).length;
  const filtered = Object.keys(search).length > 0;

  const set = (change: { [K in keyof JobsSearch]: string | null }) =>
    void navigate({
      to: '/p/$project/jobs',
      params: { project },
      search: Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, value]) => value)),
    });

  return (
    <Screen
      title="Jobs"
      fill
      beside={<LiveMark />}
      actions={
        chosen.length > 0 ? (
          <>
            {chosen.length === 1 && (
              <Button variant="default" leftSection={<IconRepeat size={15} aria-hidden />} onClick={() => setAgain(chosen[0]?.id ?? null)}>
                Run again…
              </Button>
            )}
            <Button
              variant="default"
              leftSection={<IconPlayerStop size={15} aria-hidden />}
              disabled={abortable === 0}
              onClick={() => setAborting(true)}
            >
              {abortable === 0 ? 'None at work' : `Abort ${counted(abortable, 'job')}…`}
            </Button>
            <Button variant="subtle" color="gray" leftSection={<IconX size={15} aria-hidden />} onClick={() => setSelected(new Set())}>
              Clear
            </Button>
          </>
        ) : (
          <ColumnChooser columns={columns} view={view} onView={setView} initial={initial} />
        )
      }
    >
      <Queue project={project} />
      <div className={classes.filters}>
        <Select
          aria-label="State"
          placeholder="All states"
          data={jobStatuses}
          value={search.status ?? null}
          onChange={(status) => set({ status })}
          clearable
          w={140}
        />
        <Select
          aria-label="Function"
          placeholder="All functions"
          data={withChosen(
            functions.data?.map(({ name }) => name),
            search.function,
          )}
          value={search.function ?? null}
          onChange={(name) => set({ function: name })}
          searchable
          clearable
          w={180}
        />
        <Select
          aria-label="Item of the hub"
          placeholder="All hub items"
          data={withChosen(
            items.data?.map(({ name }) => name),
            search.item,
          )}
          value={search.item ?? null}
          onChange={(item) => set({ item })}
          searchable
          clearable
          w={180}
        />
        <Select
          aria-label="Experiment"
          placeholder="All experiments"
          data={withChosen(
            experiments.data?.map(({ name }) => name),
            search.exp,
          )}
          value={search.exp ?? null}
          onChange={(exp) => set({ exp })}
          searchable
          clearable
          w={180}
        />
      </div>
      {jobs.error ? (
        <ProblemNotice error={jobs.error} onRetry={() => void jobs.refetch()} />
      ) : (
        <DataTable
          label="Jobs"
          rows={rows}
          rowId={idOf}
          columns={columns}
          view={view}
          onView={setView}
          selected={selected}
          onSelect={setSelected}
          onOpen={(job) => {
            if ('/p/$project/runs/$run' in router.routesByPath) router.history.push(`/p/${encodeURIComponent(project)}/runs/${job.id}`);
          }}
          loading={jobs.isPending}
          hasMore={jobs.hasNextPage && !jobs.isFetchNextPageError}
          onMore={() => !jobs.isFetchingNextPage && void jobs.fetchNextPage()}
          empty={
            filtered ? (
              <EmptyState title="No job fits">Nothing in this project fits the filters. Take one of them away to see more.</EmptyState>
            ) : (
              <EmptyState title="No job yet" command={`mesh run train.py -P ${project}`}>
                A job runs a function, an item of the hub or a command on a worker, tries again when it fails, and keeps all of it as a run.
              </EmptyState>
            )
          }
        />
      )}
      {again !== null && <RunAgain project={project} id={again} onClose={() => setAgain(null)} />}
      {aborting && <AbortJobs project={project} jobs={chosen} onClose={() => setAborting(false)} onDone={() => setSelected(new Set())} />}
    </Screen>
  );
}

/** Choices, with the one that the address names even if there is none such. */
const withChosen = (names: string[] | undefined, chosen: string | undefined): string[] => [
  ...new Set([...(names ?? []), ...(chosen ? [chosen] : [])]),
];
