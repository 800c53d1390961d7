import { Skeleton } from '@mantine/core';
import {
  columnOrderingFeature,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, type UIEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type Column, type ColumnView, type Sort, sorted } from './column';
import classes from './DataTable.module.css';
import { HeaderCell } from './HeaderCell';
import { TableRow } from './TableRow';

interface DataTableProps<Row> {
  /** What the rows are, for those who do not see the screen. */
  label: string;
  rows: readonly Row[];
  rowId: (row: Row) => string;
  columns: readonly Column<Row>[];
  /** Which columns are shown, and how wide; all when absent. */
  view?: ColumnView;
  onView?: (view: ColumnView) => void;
  sort?: Sort | null;
  /** Given when somebody else sorts, such as the mesh; without it the rows are sorted here. */
  onSort?: (sort: Sort | null) => void;
  selected?: ReadonlySet<string>;
  onSelect?: (selected: ReadonlySet<string>) => void;
  /** Opens a row: Enter, or a click beside its links. */
  onOpen?: (row: Row) => void;
  /** Whether the first rows are still awaited. */
  loading?: boolean;
  hasMore?: boolean;
  onMore?: () => void;
  /** What stands there when no row is. */
  empty?: ReactNode;
  /** Rows that are to be noticed, because they have just changed. */
  fresh?: ReadonlySet<string>;
  /** Whether the table takes the height of what is around it (the default), or only that of its rows. */
  fit?: 'fill' | 'rows';
}

const features = tableFeatures({ columnOrderingFeature, columnResizingFeature, columnSizingFeature, columnVisibilityFeature });
const nobody: ReadonlySet<string> = new Set();
const none: never[] = [];
/** Cells that stay in sight are layers of their own, which cost: they are so only while the table is scrolled aside. */
function markAside({ currentTarget }: UIEvent<HTMLElement>) {
  const aside = currentTarget.scrollLeft > 0;
  if (aside !== currentTarget.hasAttribute('data-aside')) currentTarget.toggleAttribute('data-aside', aside);
}

const rowHeight = 32;
const selectWidth = 36;
const narrowest = 56;

/**
 * The one table: virtual rows, columns that are chosen, moved and resized, sorting, selection, more rows as one scrolls, all by mouse and keyboard. TanStack Table keeps
 * the columns; rows go straight from the array to the screen, so that a hundred thousand of them cost nothing but their place.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const {
    label,
    rowId,
    columns,
    view,
    onView,
    onSort,
    selected = nobody,
    onSelect,
    onOpen,
    loading = false,
    hasMore = false,
    onMore,
  } = props;
  const { fresh = nobody, fit = 'fill' } = props;
  const [ownSort, setOwnSort] = useState<Sort | null>(props.sort ?? null);
  const sort = onSort ? (props.sort ?? null) : ownSort;
  const rows = useMemo(() => (onSort ? props.rows : sorted(props.rows, columns, sort)), [props.rows, columns, sort, onSort]);
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const anchor = useRef<number | null>(null);
  const [ownWidths, setOwnWidths] = useState<Record<string, number>>({});
  const widths = view?.widths ?? ownWidths;

  const definitions = useMemo(
    () => columns.map(({ id, header, width = 140 }) => ({ id, header, size: width, minSize: narrowest, maxSize: 1200 })),
    [columns],
  );
  const order = useMemo(() => {
    const fixed = columns.filter((column) => column.fixed).map((column) => column.id);
    return view ? [...fixed, ...view.columns.filter((id) => !fixed.includes(id))] : columns.map((column) => column.id);
  }, [columns, view]);
  const visibility = useMemo(() => Object.fromEntries(columns.map(({ id }) => [id, order.includes(id)])), [columns, order]);
  const keepWidths = useCallback(
    (next: Record<string, number>) => (view && onView ? onView({ ...view, widths: next }) : setOwnWidths(next)),
    [view, onView],
  );
  const table = useTable({
    features,
    columns: definitions,
    data: none,
    columnResizeMode: 'onChange',
    state: { columnSizing: widths, columnVisibility: visibility, columnOrder: order },
    onColumnSizingChange: (change) => keepWidths(typeof change === 'function' ? change(widths) : change),
  });

  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  const shownIds = headers.map((header) => header.column.id).join('\n');
  const shown = useMemo(() => {
    const byId = new Map(columns.map((column) => [column.id, column]));
    return shownIds.split('\n').flatMap((id) => byId.get(id) ?? []);
  }, [columns, shownIds]);
  // The last column takes what is left, so that the table has no torn edge. None takes all of a narrow screen: others would never be seen beside one that stays.
  const template = [
    ...(onSelect ? [`${selectWidth}px`] : []),
    ...headers.map((header, i) => {
      const width = `min(${header.getSize()}px, 60vw)`;
      return i === headers.length - 1 ? `minmax(${width}, 1fr)` : width;
    }),
  ].join(' ');

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    paddingStart: rowHeight,
    scrollPaddingStart: rowHeight,
  });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (hasMore && onMore && lastShown >= rows.length - 30) onMore();
  }, [hasMore, onMore, lastShown, rows.length]);

  const state = useRef({ rows, selected, active });
  state.current = { rows, selected, active };

  const select = useCallback(
    (index: number, range: boolean) => {
      if (!onSelect) return;
      const { rows, selected } = state.current;
      const row = rows[index];
      if (row === undefined) return;
      const next = new Set(selected);
      const choose = !selected.has(rowId(row));
      const from = range && anchor.current !== null ? anchor.current : index;
      for (const within of rows.slice(Math.min(from, index), Math.max(from, index) + 1)) {
        if (range || choose) next.add(rowId(within));
        else next.delete(rowId(within));
      }
      anchor.current = index;
      onSelect(next);
    },
    [onSelect, rowId],
  );

  const activate = useCallback((index: number) => setActive(index), []);

  const go = (index: number) => {
    const to = Math.max(0, Math.min(rows.length - 1, index));
    setActive(to);
    virtual.scrollToIndex(to);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${to}"]`)?.focus({ preventScroll: true }));
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target as HTMLElement).matches('[role="row"]') || event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 320) / rowHeight) - 2);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -rows.length,
      End: rows.length,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      if (event.shiftKey && onSelect) {
        anchor.current ??= active;
        select(Math.max(0, Math.min(rows.length - 1, active + step)), true);
      }
      go(active + step);
    } else if (event.key === ' ' && onSelect) select(active, event.shiftKey);
    else if (event.key === 'Enter' && onOpen && rows[active] !== undefined) onOpen(rows[active] as Row);
    else return;
    event.preventDefault();
  };

  const allSelected = rows.length > 0 && rows.every((row) => selected.has(rowId(row)));
  const nothing = rows.length === 0;

  return (
    <div
      ref={scroller}
      className={classes.scroller}
      aria-busy={loading}
      data-fit={fit}
      data-selectable={onSelect ? true : undefined}
      onScroll={markAside}
      tabIndex={-1}
    >
      <div
        role="grid"
        aria-label={label}
        aria-rowcount={hasMore ? -1 : rows.length + 1}
        aria-colcount={shown.length + (onSelect ? 1 : 0)}
        aria-multiselectable={onSelect ? true : undefined}
        onKeyDown={onKeyDown}
        tabIndex={-1}
        className={classes.body}
        style={{ height: Math.max(virtual.getTotalSize(), rowHeight), '--table-columns': template } as React.CSSProperties}
      >
        <div role="rowgroup" className={classes.head}>
          {/* biome-ignore lint/a11y/useFocusableInteractive: its cells hold what can be used. */}
          <div role="row" className={`${classes.row} ${classes.headRow}`} aria-rowindex={1}>
            {onSelect && (
              // biome-ignore lint/a11y/useFocusableInteractive: its box can be used.
              <div role="columnheader" className={classes.choose} data-fixed>
                <input
                  type="checkbox"
                  className={classes.box}
                  aria-label="Select all loaded rows"
                  checked={allSelected}
                  ref={(box) => {
                    if (box) box.indeterminate = !allSelected && selected.size > 0;
                  }}
                  onChange={() => onSelect(allSelected ? new Set() : new Set(rows.map(rowId)))}
                />
              </div>
            )}
            {headers.map((header, i) => {
              const column = shown[i];
              return column ? (
                <HeaderCell
                  key={column.id}
                  column={column}
                  width={header.getSize()}
                  sort={sort?.column === column.id ? (sort.descending ? 'descending' : 'ascending') : 'none'}
                  onSort={onSort ? onSort : setOwnSort}
                  current={sort}
                  view={view}
                  onView={onView}
                  onWidth={(width) => keepWidths({ ...widths, [column.id]: Math.max(narrowest, width) })}
                  resizing={header.column.getIsResizing()}
                  onResize={header.getResizeHandler()}
                />
              ) : null;
            })}
          </div>
        </div>
        <div role="rowgroup">
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const id = rowId(row);
            return (
              <TableRow
                key={id}
                row={row}
                index={item.index}
                top={item.start}
                columns={shown}
                selectable={onSelect !== undefined}
                selected={selected.has(id)}
                active={item.index === Math.min(active, rows.length - 1)}
                fresh={fresh.has(id)}
                onSelect={select}
                onActivate={activate}
                onOpen={onOpen}
              />
            );
          })}
        </div>
      </div>
      {loading && nothing && (
        <div className={classes.skeletons} aria-hidden>
          {Array.from({ length: 12 }, (_, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same.
            <Skeleton key={i} height={12} width={`${92 - ((i * 17) % 40)}%`} />
          ))}
        </div>
      )}
      {!loading && nothing && props.empty}
      {hasMore && !nothing && <p className={classes.more}>Loading more…</p>}
    </div>
  );
}
