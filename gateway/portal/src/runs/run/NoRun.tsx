import { useQuery } from '@tanstack/react-query';
import { EmptyState } from '../../shell/EmptyState';
import { jobQuery } from './queries';

/** Stands where a run is not: it comes a moment after its job, or not at all. */
export function NoRun({ project, id }: { project: string; id: string }) {
  const job = useQuery(jobQuery(project, id));
  return job.data && !job.data.endedAt ? (
    <EmptyState title="Not there yet">The job was submitted; its run shows here as soon as it is made.</EmptyState>
  ) : (
    <EmptyState title="No such run">It was purged, or it belongs to another project.</EmptyState>
  );
}
