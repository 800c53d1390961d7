import { PanelColumn } from '../shell/Columns';
import { Files } from './Files';
import { Preview } from './Preview';

interface ContentProps {
  project: string;
  artifact: string;
  version: number;
  kind: string;
  /** The file of a directory that is looked at. */
  path: string | undefined;
  onPath: (path: string) => void;
}

/** What is in a version: a look into it, or, of a directory, its files and a look into one. */
export function Content({ project, artifact, version, kind, path, onPath }: ContentProps) {
  if (kind !== 'directory') return <Preview project={project} artifact={artifact} version={version} />;
  return (
    <PanelColumn>
      <Files project={project} artifact={artifact} version={version} chosen={path} onChoose={onPath} />
      {path !== undefined && <Preview project={project} artifact={artifact} version={version} path={path} />}
    </PanelColumn>
  );
}
