import { ActionIcon, Badge, Menu } from '@mantine/core';
import { IconClock, IconDots, IconTag } from '@tabler/icons-react';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { rowsOf } from '../api/paging';
import { bytes } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { Confirm } from '../shell/Confirm';
import { done, failed } from '../shell/notices';
import { ProblemNotice } from '../shell/ProblemNotice';
import { ScreenLink } from '../shell/ScreenLink';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { Maker } from './Maker';
import { type Artifact, deleteTag, deleteVersion, downloadAddress, type Version, versionsQuery } from './queries';
import { RetentionDialog } from './RetentionDialog';
import { TagDialog } from './TagDialog';
import { tagsOf } from './tags';

type Action = 'tag' | 'retain' | 'delete';

interface VersionsProps {
  project: string;
  artifact: Artifact;
  /** The screen that a version is opened in. */
  screen: '/p/$project/artifacts/$key' | '/p/$project/datasets/$key';
  /** What else can be done with a version. */
  more?: (version: Version) => { label: string; act: () => void }[];
  /** After a version was deleted. */
  onDeleted: (version: number) => void;
}

const idOf = (version: Version) => String(version.version);

/** The versions of an artifact: their tags, how long they are kept, who made them. */
export function Versions({ project, artifact, screen, more, onDeleted }: VersionsProps) {
  const queries = useQueryClient();
  const versions = useInfiniteQuery(versionsQuery(project, artifact.key));
  const rows = useMemo(() => rowsOf(versions.data), [versions.data]);
  const [doing, setDoing] = useState<{ action: Action; version: Version } | null>(null);
  const refresh = useCallback(
    () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: [project, 'artifacts'] }),
        queries.invalidateQueries({ queryKey: [project, 'datasets'] }),
      ]),
    [queries, project],
  );

  const untag = useCallback(
    async (tag: string, version: number) => {
      try {
        await deleteTag(project, artifact.key, tag, version);
        done(`Tag ${tag} removed`);
        await refresh();
      } catch (error) {
        failed('Tag not removed', error);
      }
    },
    [project, artifact.key, refresh],
  );

  const columns = useMemo(
    () => columnsOf(project, artifact, screen, more, (action, version) => setDoing({ action, version }), untag),
    [project, artifact, screen, more, untag],
  );
  if (versions.error) return <ProblemNotice error={versions.error} onRetry={() => void versions.refetch()} />;
  const chosen = doing?.version;
  return (
    <>
      <DataTable
        label="Versions"
        fit="rows"
        rows={rows}
        rowId={idOf}
        columns={columns}
        loading={versions.isPending}
        hasMore={versions.hasNextPage && !versions.isFetchNextPageError}
        onMore={() => !versions.isFetchingNextPage && void versions.fetchNextPage()}
      />
      {chosen && doing.action === 'tag' && (
        <TagDialog project={project} artifact={artifact} version={chosen.version} onDone={refresh} onClose={() => setDoing(null)} />
      )}
      {chosen && doing.action === 'retain' && (
        <RetentionDialog project={project} version={chosen} onDone={refresh} onClose={() => setDoing(null)} />
      )}
      {chosen && doing.action === 'delete' && (
        <Confirm
          title={`Delete version ${chosen.version} of ${artifact.key}?`}
          verb="Delete"
          act={() => deleteVersion(project, artifact.key, chosen.version)}
          onDone={() => {
            done(`Version ${chosen.version} of ${artifact.key} is deleted`);
            onDeleted(chosen.version);
            void refresh();
          }}
          onClose={() => setDoing(null)}
        >
          Its {bytes(chosen.size)} go with the next collection of garbage, unless another version has the same bytes. Its number is not
          given again, and what happened to it stays in the history. What a tag points to, or a model was registered from, is not deleted.
        </Confirm>
      )}
    </>
  );
}

const columnsOf = (
  project: string,
  artifact: Artifact,
  screen: VersionsProps['screen'],
  more: VersionsProps['more'],
  act: (action: Action, version: Version) => void,
  untag: (tag: string, version: number) => Promise<void>,
): Column<Version>[] => [
  {
    id: 'version',
    header: 'Version',
    width: 90,
    fixed: true,
    value: ({ version }) => version,
    cell: ({ version }) => (
      <>
        <ScreenLink to={screen} params={{ project, key: artifact.key }} search={version === artifact.latest.version ? {} : { version }}>
          {version}
        </ScreenLink>
        {version === artifact.latest.version && <span className="quiet"> newest</span>}
      </>
    ),
  },
  {
    id: 'tags',
    header: 'Tags',
    width: 170,
    cell: ({ version }) =>
      tagsOf(artifact, version).map((tag) => (
        <Badge key={tag} mr={6}>
          {tag}
        </Badge>
      )),
  },
  { id: 'size', header: 'Size', width: 90, align: 'right', value: ({ size }) => size, cell: ({ size }) => bytes(size) },
  {
    id: 'digest',
    header: 'SHA-256',
    width: 130,
    value: ({ digest }) => digest,
    cell: ({ digest }) => <span className="mono">{digest.slice(0, 12)}</span>,
  },
  { id: 'by', header: 'By', width: 130, cell: (version) => <Maker project={project} of={version} /> },
  { id: 'logged', header: 'Logged', width: 110, cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
  {
    id: 'kept',
    header: 'Goes',
    width: 100,
    cell: ({ expiresAt }) => (expiresAt ? <RelativeTime at={expiresAt} /> : <span className="quiet">never</span>),
  },
  {
    id: 'actions',
    header: 'Actions',
    width: 90,
    align: 'right',
    cell: (version) => (
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={`Actions of version ${version.version}`} size="sm">
            <IconDots size={15} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {more?.(version).map(({ label, act: doMore }) => (
            <Menu.Item key={label} onClick={doMore}>
              {label}
            </Menu.Item>
          ))}
          <Menu.Item component="a" href={downloadAddress(project, artifact.key, version.version)} download>
            Download
          </Menu.Item>
          <Menu.Item leftSection={<IconTag size={14} aria-hidden />} onClick={() => act('tag', version)}>
            Tag…
          </Menu.Item>
          {tagsOf(artifact, version.version).map((tag) => (
            <Menu.Item key={tag} onClick={() => void untag(tag, version.version)}>
              Remove tag {tag}
            </Menu.Item>
          ))}
          <Menu.Item leftSection={<IconClock size={14} aria-hidden />} onClick={() => act('retain', version)}>
            Keep for…
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="var(--mesh-bad)" onClick={() => act('delete', version)}>
            Delete…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    ),
  },
];
