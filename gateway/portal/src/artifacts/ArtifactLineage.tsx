import { Affected } from '../lineage/Affected';
import { LineageOf } from '../lineage/LineageOf';
import { type ExtentSearch, extentOf, searchOf } from '../lineage/search';
import { PanelColumn } from '../shell/Columns';

interface ArtifactLineageProps {
  kind: string;
  artifact: string;
  version: number;
  search: ExtentSearch;
  onChange: (change: { dir: ExtentSearch['dir'] | undefined; depth: number | undefined }) => void;
}

/** What a version was made from and what was made of it, and what would be affected if it were withdrawn. */
export function ArtifactLineage({ kind, artifact, version, search, onChange }: ArtifactLineageProps) {
  const name = `${artifact}@${version}`;
  return (
    <PanelColumn>
      <LineageOf kind={kind} name={name} extent={extentOf(search)} onExtent={(extent) => onChange(searchOf(extent))} />
      <Affected kind={kind} name={name} />
    </PanelColumn>
  );
}
