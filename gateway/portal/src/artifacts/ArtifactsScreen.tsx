import { Badge, Button, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch, IconUpload } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { rowsOf } from '../api/paging';
import { bytes } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { EmptyState } from '../shell/EmptyState';
import { LiveMark } from '../shell/LiveMark';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import classes from './Artifacts.module.css';
import { Maker } from './Maker';
import { type Artifact, artifactsQuery } from './queries';
import { type ArtifactsSearch, type Kind, kinds } from './search';
import { UploadDialog } from './UploadDialog';

const idOf = (artifact: Artifact) => artifact.key;

/** The artifacts of a project, each with its newest version. */
export function ArtifactsScreen() {
  const project = useProject();
  const search = useSearch({ from: '/frame/p/$project/artifacts' });
  const navigate = useNavigate();
  const [text, setText] = useState(search.text ?? '');
  const [uploading, setUploading] = useState(false);
  const artifacts = useInfiniteQuery(artifactsQuery(project, search));
  const rows = useMemo(() => rowsOf(artifacts.data), [artifacts.data]);
  // Those that are not loaded would be missing in the order.
  const columns = useMemo(
    () => columnsOf(project).map((column) => ({ ...column, sortable: !artifacts.hasNextPage && column.value !== undefined })),
    [project, artifacts.hasNextPage],
  );
  const set = (change: { [K in keyof ArtifactsSearch]: ArtifactsSearch[K] | null }) =>
    void navigate({
      to: '/p/$project/artifacts',
      params: { project },
      search: Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, value]) => value)),
      replace: true,
    });
  const find = useDebouncedCallback((next: string) => set({ text: next.trim() }), 250);
  return (
    <Screen
      title="Artifacts"
      fill
      beside={<LiveMark />}
      actions={
        <Button leftSection={<IconUpload size={15} aria-hidden />} onClick={() => setUploading(true)}>
          Upload…
        </Button>
      }
    >
      <div className={classes.filters}>
        <TextInput
          aria-label="Name"
          placeholder="Part of the name"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            find(event.currentTarget.value);
          }}
          w={260}
        />
        <Select
          aria-label="Kind"
          placeholder="All kinds"
          data={kinds}
          value={search.kind ?? null}
          onChange={(kind) => set({ kind: kind as Kind | null })}
          clearable
          w={150}
        />
      </div>
      {artifacts.error ? (
        <ProblemNotice error={artifacts.error} onRetry={() => void artifacts.refetch()} />
      ) : (
        <DataTable
          label="Artifacts"
          rows={rows}
          rowId={idOf}
          columns={columns}
          loading={artifacts.isPending}
          hasMore={artifacts.hasNextPage && !artifacts.isFetchNextPageError}
          onMore={() => !artifacts.isFetchingNextPage && void artifacts.fetchNextPage()}
          onOpen={({ key }) => void navigate({ to: '/p/$project/artifacts/$key', params: { project, key } })}
          empty={
            search.text || search.kind ? (
              <EmptyState title="No artifact fits">None of this project has that name and kind.</EmptyState>
            ) : (
              <EmptyState title="No artifact yet" command={`mesh artifacts put KEY FILE -P ${project}`}>
                Files, plots, documents and models that people upload and runs leave: kept by version, each known by the digest of its
                bytes.
              </EmptyState>
            )
          }
        />
      )}
      {uploading && (
        <UploadDialog
          project={project}
          onDone={(key) => void navigate({ to: '/p/$project/artifacts/$key', params: { project, key } })}
          onClose={() => setUploading(false)}
        />
      )}
    </Screen>
  );
}

const columnsOf = (project: string): Column<Artifact>[] => [
  {
    id: 'key',
    header: 'Name',
    width: 380,
    fixed: true,
    value: ({ key }) => key,
    cell: ({ key }) => (
      <Link to="/p/$project/artifacts/$key" params={{ project, key }}>
        {key}
      </Link>
    ),
  },
  { id: 'kind', header: 'Kind', width: 100, value: ({ kind }) => kind },
  { id: 'version', header: 'Version', width: 90, align: 'right', value: ({ latest }) => latest.version },
  {
    id: 'size',
    header: 'Size',
    width: 100,
    align: 'right',
    value: ({ latest }) => latest.size,
    cell: ({ latest }) => bytes(latest.size),
  },
  {
    id: 'tags',
    header: 'Tags',
    width: 200,
    value: ({ tags }) => Object.keys(tags ?? {}).join(', ') || null,
    cell: ({ tags }) =>
      Object.entries(tags ?? {}).map(([tag, version]) => (
        <Badge key={tag} mr={6}>
          {tag} → {version}
        </Badge>
      )),
  },
  {
    id: 'logged',
    header: 'Logged',
    width: 110,
    value: ({ latest }) => latest.createdAt,
    cell: ({ latest }) => <RelativeTime at={latest.createdAt} />,
  },
  { id: 'by', header: 'By', width: 150, cell: ({ latest }) => <Maker project={project} of={latest} /> },
];
