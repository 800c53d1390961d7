import { ScreenLink } from '../shell/ScreenLink';

/** Who made a version: the run, as a link, or the person. */
export function Maker({ project, of: { runId, createdBy } }: { project: string; of: { runId?: string | null; createdBy: string } }) {
  return runId ? (
    <ScreenLink to="/p/$project/runs/$run" params={{ project, run: runId }} title={`Run ${runId}`}>
      run {runId.slice(0, 8)}
    </ScreenLink>
  ) : (
    <span title={createdBy}>{createdBy}</span>
  );
}
