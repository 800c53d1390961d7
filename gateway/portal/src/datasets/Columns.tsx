import { useMemo } from 'react';
import { Histogram } from '../charts/Histogram';
import { count, measure, measureInColumn, percent } from '../format/numbers';
import { EmptyState } from '../shell/EmptyState';
import { CellButton } from '../tables/CellButton';
import type { Column as TableColumn } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { CategoriesInRow } from './Categories';
import { ColumnDetail } from './ColumnDetail';
import classes from './Datasets.module.css';
import { Detail } from './Detail';
import { medianOf, missingShare } from './drift';
import type { Column, Profile, Statistics } from './queries';

interface ColumnsProps {
  profile: Profile;
  /** The column that is shown in full. */
  chosen: string | undefined;
  onChoose: (column: string) => void;
}

interface Row {
  column: Column;
  statistics: Statistics;
}

const idOf = ({ column }: Row) => column.name;

/** The schema of a data set, with what is known of the values of each column. */
export function Columns({ profile, chosen, onChoose }: ColumnsProps) {
  const rows = useMemo(
    () =>
      profile.columns.flatMap((column, i): Row[] => {
        const statistics = profile.statistics[i];
        return statistics ? [{ column, statistics }] : [];
      }),
    [profile],
  );
  const shown = rows.find(({ column }) => column.name === chosen) ?? rows[0];
  const name = shown?.column.name;
  const columns = useMemo(() => columnsOf(name, onChoose), [name, onChoose]);
  return (
    <div className={classes.split}>
      <DataTable
        label="Columns"
        rows={rows}
        rowId={idOf}
        columns={columns}
        onOpen={({ column }) => onChoose(column.name)}
        empty={<EmptyState title="No column">The file has none.</EmptyState>}
      />
      <Detail>{shown && <ColumnDetail column={shown.column} statistics={shown.statistics} />}</Detail>
    </div>
  );
}

const number = (id: string, header: string, of: (statistics: Statistics) => number | null | undefined): TableColumn<Row> => ({
  id,
  header,
  width: 92,
  align: 'right',
  sortable: true,
  value: ({ statistics }) => of(statistics) ?? null,
  cell: ({ statistics }) => {
    const value = of(statistics);
    return value == null ? null : measureInColumn(value);
  },
});

const columnsOf = (chosen: string | undefined, onChoose: (column: string) => void): TableColumn<Row>[] => [
  {
    id: 'name',
    header: 'Column',
    width: 170,
    fixed: true,
    sortable: true,
    value: ({ column }) => column.name,
    cell: ({ column }) => <CellButton text={column.name} chosen={column.name === chosen} onChoose={() => onChoose(column.name)} />,
  },
  { id: 'type', header: 'Type', width: 92, sortable: true, value: ({ column }) => column.type },
  {
    id: 'values',
    header: 'Values',
    width: 130,
    cell: ({ statistics }) =>
      statistics.numbers?.histogram ? (
        <Histogram label={statistics.column} bins={statistics.numbers.histogram} height={22} />
      ) : statistics.frequent && statistics.frequent.length > 0 ? (
        <CategoriesInRow statistics={statistics} />
      ) : null,
  },
  {
    id: 'missing',
    header: 'Missing',
    width: 78,
    align: 'right',
    sortable: true,
    value: ({ statistics }) => missingShare(statistics),
    cell: ({ statistics }) => (statistics.missing === 0 ? <span className="quiet">0</span> : percent(missingShare(statistics))),
  },
  {
    id: 'distinct',
    header: 'Distinct',
    width: 80,
    align: 'right',
    sortable: true,
    value: ({ statistics }) => statistics.distinct,
    cell: ({ statistics }) => count(statistics.distinct),
  },
  number('mean', 'Mean', ({ numbers }) => numbers?.mean),
  number('deviation', 'Deviation', ({ numbers }) => numbers?.deviation),
  number('median', 'Median', medianOf),
  {
    id: 'least',
    header: 'Least',
    width: 100,
    align: 'right',
    value: ({ statistics }) => statistics.numbers?.min ?? statistics.min,
    cell: ({ statistics }) => (statistics.numbers?.min != null ? measure(statistics.numbers.min) : statistics.min),
  },
  {
    id: 'greatest',
    header: 'Greatest',
    width: 100,
    align: 'right',
    value: ({ statistics }) => statistics.numbers?.max ?? statistics.max,
    cell: ({ statistics }) => (statistics.numbers?.max != null ? measure(statistics.numbers.max) : statistics.max),
  },
];
