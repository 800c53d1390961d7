import type { Schema } from '../api/client';
import { Facts } from '../shell/Facts';
import { subjectOf } from './jobDraft';

/** What a schedule or an alert submits. */
export function JobFacts({ job }: { job: Schema<'SubmitJob'> }) {
  return (
    <Facts
      of={[
        ['Submits', subjectOf(job)],
        ['Name', job.name],
        ['Experiment', job.experiment],
        ...Object.entries(job.params ?? {}).map(([name, value]) => [`Param ${name}`, value] as const),
        ...Object.entries(job.inputs ?? {}).map(([name, value]) => [`Input ${name}`, value] as const),
        ['Profile', job.profile],
        ['Priority', job.priority],
      ]}
    />
  );
}
