import { useQuery } from '@tanstack/react-query';
import { bytes } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { writeAddress } from '../lineage/address';
import { runQuery } from '../runs/run/queries';
import { Facts } from '../shell/Facts';
import { Panel } from '../shell/Panel';
import { ScreenLink } from '../shell/ScreenLink';
import type { Version } from './queries';

/** What is known of a version beside what is in it. */
export function VersionFacts({ project, version }: { project: string; version: Version }) {
  const run = useQuery({ ...runQuery(project, version.runId ?? ''), enabled: Boolean(version.runId) });
  const labels = Object.entries(version.labels);
  const metadata = version.metadata as Record<string, unknown> | null | undefined;
  return (
    <>
      <Panel title={`Version ${version.version}`}>
        <Facts
          of={[
            ['Kind', version.kind],
            ['Size', bytes(version.size)],
            ['Type', version.contentType],
            ['File', version.fileName],
            ['Logged', <RelativeTime key="logged" at={version.createdAt} />],
            [
              'Run',
              version.runId && (
                <ScreenLink key="run" to="/p/$project/runs/$run" params={{ project, run: version.runId }} title={version.runId}>
                  {run.data?.name ?? version.runId.slice(0, 8)}
                </ScreenLink>
              ),
            ],
            ['By', !version.createdBy.startsWith('job:') && version.createdBy],
            ['Kept', !version.expiresAt && 'until somebody deletes it'],
            ['Goes', version.expiresAt && <RelativeTime key="goes" at={version.expiresAt} />],
            ['Bytes at', version.source && !version.source.importedAt && version.source.address],
            ['Copied from', version.source?.importedAt && version.source.address],
            [
              'SHA-256',
              <span key="digest" className="mono">
                {version.digest}
              </span>,
            ],
            [
              'Address',
              <span key="address" className="mono">
                {writeAddress({ project, kind: version.kind, key: version.key, version: String(version.version) })}
              </span>,
            ],
          ]}
        />
      </Panel>
      {labels.length > 0 && (
        <Panel title="Labels">
          <Facts of={labels} />
        </Panel>
      )}
      {metadata && typeof metadata === 'object' && (
        <Panel title="Metadata">
          <Facts of={Object.entries(metadata).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)])} />
        </Panel>
      )}
    </>
  );
}
