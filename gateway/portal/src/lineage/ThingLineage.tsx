import { PanelColumn } from '../shell/Columns';
import { Affected } from './Affected';
import { LineageOf } from './LineageOf';
import { type ExtentSearch, extentOf, searchOf } from './search';

interface ThingLineageProps {
  /** As `LineageOf` takes them. */
  kind: string;
  name: string;
  search: ExtentSearch;
  onChange: (change: { dir: ExtentSearch['dir'] | undefined; depth: number | undefined }) => void;
}

/** What a thing was made from and what was made of it, and what would be affected if it were withdrawn. */
export function ThingLineage({ kind, name, search, onChange }: ThingLineageProps) {
  return (
    <PanelColumn>
      <LineageOf kind={kind} name={name} extent={extentOf(search)} onExtent={(extent) => onChange(searchOf(extent))} />
      <Affected kind={kind} name={name} />
    </PanelColumn>
  );
}
