import { useNavigate, useSearch } from '@tanstack/react-router';
import { Affected } from '../lineage/Affected';
import { LineageOf } from '../lineage/LineageOf';
import { extentOf, searchOf } from '../lineage/search';
import { PanelColumn } from '../shell/Columns';

const from = '/frame/p/$project/models/$model/$version';

/** What a version was made from, what depends on it, and what would be affected if it were withdrawn. */
export function VersionLineage({ model, version }: { model: string; version: number }) {
  const search = useSearch({ from });
  const navigate = useNavigate({ from: '/p/$project/models/$model/$version' });
  const name = `${model}@${version}`;
  return (
    <PanelColumn>
      <LineageOf
        kind="registered-model"
        name={name}
        extent={extentOf(search)}
        onExtent={(extent) => {
          const { dir, depth } = searchOf(extent);
          void navigate({ search: { view: 'lineage', ...(dir ? { dir } : {}), ...(depth ? { depth } : {}) }, replace: true });
        }}
      />
      <Affected kind="registered-model" name={name} />
    </PanelColumn>
  );
}
