import { useCallback } from 'react';
import { Content } from '../../artifacts/Content';
import { EmptyState } from '../../shell/EmptyState';
import { Panel } from '../../shell/Panel';
import { ScreenLink } from '../../shell/ScreenLink';
import type { Run } from '../rows';
import classes from './Run.module.css';
import type { RunSearch } from './search';

interface ArtifactsTabProps {
  project: string;
  run: Run;
  search: RunSearch;
  onChange: (change: { artifact?: string; path?: string | undefined }) => void;
}

/** What a run left: its artifacts, each at the version that it made, and a look into one. */
export function ArtifactsTab({ project, run, search, onChange }: ArtifactsTabProps) {
  const artifacts = run.artifacts ?? [];
  const chosen = artifacts.find(({ key }) => key === search.artifact) ?? artifacts[0];
  const key = chosen?.key;
  const choosePath = useCallback((path: string) => onChange({ ...(key === undefined ? {} : { artifact: key }), path }), [onChange, key]);
  if (!chosen) {
    return (
      <EmptyState title="No artifact" command='mesh.log_artifact("report.html", kind="document")'>
        Files, models and reports that the code of the run logs stand here.
      </EmptyState>
    );
  }
  return (
    <div className={classes.left}>
      <Panel title="Artifacts">
        <ul className={classes.list}>
          {artifacts.map((artifact) => (
            <li key={artifact.key}>
              <button
                type="button"
                className={classes.choice}
                aria-current={artifact === chosen || undefined}
                onClick={() => onChange({ artifact: artifact.key, path: undefined })}
              >
                <span className="line" title={artifact.key}>
                  {artifact.key.split('/').at(-1)}
                </span>
                <span className="line quiet">{[artifact.kind, ...artifact.key.split('/').slice(0, -1)].join(' / ')}</span>
              </button>
              <ScreenLink
                to="/p/$project/artifacts/$key"
                params={{ project, key: artifact.key }}
                search={{ version: artifact.version }}
                title={`Open ${artifact.key}, version ${artifact.version}`}
              >
                version {artifact.version}
              </ScreenLink>
            </li>
          ))}
        </ul>
      </Panel>
      <Content
        project={project}
        artifact={chosen.key}
        version={chosen.version}
        kind={chosen.kind}
        path={chosen.key === search.artifact ? search.path : undefined}
        onPath={choosePath}
      />
    </div>
  );
}
