import { Button, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch, IconUpload } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { rowsOf } from '../api/paging';
import { Maker } from '../artifacts/Maker';
import { UploadDialog } from '../artifacts/UploadDialog';
import { bytes, count } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { EmptyState } from '../shell/EmptyState';
import { LiveMark } from '../shell/LiveMark';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { StatusBadge } from '../shell/StatusBadge';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import classes from './Datasets.module.css';
import { type Dataset, datasetsQuery } from './queries';

const idOf = (dataset: Dataset) => dataset.key;

/** The data sets of a project, each with its newest version. */
export function DatasetsScreen() {
  const project = useProject();
  const search = useSearch({ from: '/frame/p/$project/datasets' });
  const navigate = useNavigate();
  const [text, setText] = useState(search.text ?? '');
  const [uploading, setUploading] = useState(false);
  const datasets = useInfiniteQuery(datasetsQuery(project, search.text));
  const rows = useMemo(() => rowsOf(datasets.data), [datasets.data]);
  // Those that are not loaded would be missing in the order.
  const columns = useMemo(
    () => columnsOf(project).map((column) => ({ ...column, sortable: !datasets.hasNextPage && column.value !== undefined })),
    [project, datasets.hasNextPage],
  );
  const find = useDebouncedCallback(
    (next: string) => void navigate({ to: '/p/$project/datasets', params: { project }, search: next ? { text: next } : {}, replace: true }),
    250,
  );
  return (
    <Screen
      title="Data sets"
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
            find(event.currentTarget.value.trim());
          }}
          w={260}
        />
      </div>
      {datasets.error ? (
        <ProblemNotice error={datasets.error} onRetry={() => void datasets.refetch()} />
      ) : (
        <DataTable
          label="Data sets"
          rows={rows}
          rowId={idOf}
          columns={columns}
          loading={datasets.isPending}
          hasMore={datasets.hasNextPage && !datasets.isFetchNextPageError}
          onMore={() => !datasets.isFetchingNextPage && void datasets.fetchNextPage()}
          onOpen={({ key }) => void navigate({ to: '/p/$project/datasets/$key', params: { project, key } })}
          empty={
            search.text ? (
              <EmptyState title="No data set fits">None of this project has that name.</EmptyState>
            ) : (
              <EmptyState title="No data set yet" command={`mesh datasets put NAME data.csv -P ${project}`}>
                Files of CSV, JSON, Parquet or Arrow by version: with the statistics of every column, and what changed from one version to
                the next.
              </EmptyState>
            )
          }
        />
      )}
      {uploading && (
        <UploadDialog
          project={project}
          kind="dataset"
          onDone={(key) => void navigate({ to: '/p/$project/datasets/$key', params: { project, key } })}
          onClose={() => setUploading(false)}
        />
      )}
    </Screen>
  );
}

const columnsOf = (project: string): Column<Dataset>[] => [
  {
    id: 'key',
    header: 'Name',
    width: 320,
    fixed: true,
    value: ({ key }) => key,
    cell: ({ key }) => (
      <Link to="/p/$project/datasets/$key" params={{ project, key }}>
        {key}
      </Link>
    ),
  },
  { id: 'state', header: 'State', width: 120, value: ({ state }) => state, cell: ({ state }) => <StatusBadge status={state} /> },
  { id: 'format', header: 'Format', width: 90, value: ({ format }) => (format ? String(format) : null) },
  {
    id: 'rows',
    header: 'Rows',
    width: 100,
    align: 'right',
    value: ({ rows }) => rows ?? null,
    cell: ({ rows }) => (rows == null ? null : count(rows)),
  },
  {
    id: 'columns',
    header: 'Columns',
    width: 90,
    align: 'right',
    value: ({ columns }) => columns ?? null,
    cell: ({ columns }) => (columns == null ? null : count(columns)),
  },
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
    id: 'logged',
    header: 'Logged',
    width: 110,
    value: ({ latest }) => latest.createdAt,
    cell: ({ latest }) => <RelativeTime at={latest.createdAt} />,
  },
  { id: 'by', header: 'By', width: 140, cell: ({ latest }) => <Maker project={project} of={latest} /> },
];
