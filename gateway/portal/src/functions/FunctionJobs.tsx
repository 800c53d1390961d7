import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { rowsOf } from '../api/paging';
import { jobColumns } from '../jobs/columns';
import { type Job, jobsQuery } from '../jobs/queries';
import { EmptyState } from '../shell/EmptyState';
import { ProblemNotice } from '../shell/ProblemNotice';
import { ScreenLink } from '../shell/ScreenLink';
import { DataTable } from '../tables/DataTable';

const idOf = (job: Job) => job.id;
const most = 25;

/** The last jobs of a function. */
export function FunctionJobs({ project, name }: { project: string; name: string }) {
  const jobs = useInfiniteQuery(jobsQuery(project, { function: name }, most));
  const columns = useMemo(() => jobColumns(project), [project]);
  const rows = useMemo(() => rowsOf(jobs.data).slice(0, most), [jobs.data]);
  if (jobs.error) return <ProblemNotice error={jobs.error} onRetry={() => void jobs.refetch()} />;
  return (
    <>
      <DataTable
        label="Jobs of the function"
        fit="rows"
        rows={rows}
        rowId={idOf}
        columns={columns}
        loading={jobs.isPending}
        empty={
          <EmptyState title="No job yet" command={`mesh jobs submit --function ${name} -P ${project}`}>
            Each time the function runs, by hand or by a schedule, it does so as a job.
          </EmptyState>
        }
      />
      {jobs.hasNextPage && (
        <p>
          <ScreenLink to="/p/$project/jobs" params={{ project }}>
            All jobs
          </ScreenLink>
        </p>
      )}
    </>
  );
}
