import { EmptyState } from '../../shell/EmptyState';
import { Panel } from '../../shell/Panel';
import { ScreenLink } from '../../shell/ScreenLink';
import type { Run } from '../rows';
import classes from './Run.module.css';

/** What a run left: its artifacts, each at the version that it made. */
export function ArtifactsTab({ project, run }: { project: string; run: Run }) {
  const artifacts = run.artifacts ?? [];
  if (artifacts.length === 0) {
    return (
      <EmptyState title="No artifact" command={`mesh artifacts put FILE KEY --run ${run.id} -P ${project}`}>
        Files, models and reports that the run leaves stand here.
      </EmptyState>
    );
  }
  return (
    <Panel title="Artifacts">
      <ul className={classes.list}>
        {artifacts.map((artifact) => (
          <li key={artifact.key}>
            <ScreenLink to="/p/$project/artifacts/$key" params={{ project, key: artifact.key }}>
              {artifact.key}
            </ScreenLink>
            <span className="quiet">
              {artifact.kind}, version {artifact.version}
            </span>
            <a
              href={`/api/v1/projects/${encodeURIComponent(project)}/artifacts/${encodeURIComponent(artifact.key)}/content?version=${artifact.version}`}
              download
            >
              Download
            </a>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
