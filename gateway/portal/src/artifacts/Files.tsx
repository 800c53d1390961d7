import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { rowsOf } from '../api/paging';
import { bytes } from '../format/numbers';
import { ProblemNotice } from '../shell/ProblemNotice';
import { CellButton } from '../tables/CellButton';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import classes from './Content.module.css';
import { downloadAddress, type FileOfFolder, filesQuery } from './queries';

interface FilesProps {
  project: string;
  artifact: string;
  version: number;
  chosen: string | undefined;
  onChoose: (path: string) => void;
}

const idOf = (file: FileOfFolder) => file.path;

/** The files of a version that is a directory, to choose one from. */
export function Files({ project, artifact, version, chosen, onChoose }: FilesProps) {
  const files = useInfiniteQuery(filesQuery(project, artifact, version));
  const rows = useMemo(() => rowsOf(files.data), [files.data]);
  const first = rows[0]?.path;
  // Something is to be seen at once.
  useEffect(() => {
    if (chosen === undefined && first !== undefined) onChoose(first);
  }, [chosen, first, onChoose]);
  const columns = useMemo(
    (): Column<FileOfFolder>[] => [
      {
        id: 'path',
        header: 'File',
        width: 320,
        value: ({ path }) => path,
        cell: ({ path }) => <CellButton text={path} chosen={path === chosen} onChoose={() => onChoose(path)} />,
      },
      { id: 'size', header: 'Size', width: 90, align: 'right', value: ({ size }) => size, cell: ({ size }) => bytes(size) },
      {
        id: 'download',
        header: 'Download',
        width: 110,
        cell: ({ path }) => (
          <a href={downloadAddress(project, artifact, version, path)} download aria-label={`Download ${path}`}>
            Download
          </a>
        ),
      },
    ],
    [project, artifact, version, chosen, onChoose],
  );
  if (files.error) return <ProblemNotice error={files.error} onRetry={() => void files.refetch()} />;
  return (
    <div className={classes.files}>
      <DataTable
        label="Files"
        fit="rows"
        rows={rows}
        rowId={idOf}
        columns={columns}
        loading={files.isPending}
        hasMore={files.hasNextPage && !files.isFetchNextPageError}
        onMore={() => !files.isFetchingNextPage && void files.fetchNextPage()}
        onOpen={({ path }) => onChoose(path)}
      />
    </div>
  );
}
