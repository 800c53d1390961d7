import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { type DragEvent, type KeyboardEvent, useState } from 'react';
import { type Column, type ColumnView, moved, movedTo, nextSort, type Sort } from './column';
import classes from './DataTable.module.css';

interface HeaderCellProps<Row> {
  column: Column<Row>;
  width: number;
  sort: 'ascending' | 'descending' | 'none';
  current: Sort | null;
  onSort: (sort: Sort | null) => void;
  view: ColumnView | undefined;
  onView: ((view: ColumnView) => void) | undefined;
  onWidth: (width: number) => void;
  resizing: boolean;
  onResize: (event: unknown) => void;
}

/** A heading: sorts by click or Enter, moves by dragging or Alt and arrows, resizes by its edge or Shift and arrows. */
export function HeaderCell<Row>({ column, width, sort, current, onSort, view, onView, onWidth, resizing, onResize }: HeaderCellProps<Row>) {
  const [over, setOver] = useState(false);
  const movable = view !== undefined && onView !== undefined && !column.fixed;

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const by = event.key === 'ArrowLeft' ? -1 : 1;
    if (event.shiftKey) onWidth(width + by * 16);
    else if (event.altKey && movable) onView({ ...view, columns: moved(view.columns, column.id, by) });
    else return;
    event.preventDefault();
  };

  const drop = (event: DragEvent) => {
    setOver(false);
    const id = event.dataTransfer.getData('text/mesh-column');
    if (id && movable) onView({ ...view, columns: movedTo(view.columns, id, column.id) });
  };

  const mark =
    sort === 'descending' ? <IconArrowDown size={13} aria-hidden /> : sort === 'ascending' ? <IconArrowUp size={13} aria-hidden /> : null;

  return (
    // biome-ignore lint/a11y/useFocusableInteractive: its button can be used.
    <div
      role="columnheader"
      aria-sort={column.sortable ? sort : undefined}
      className={classes.headCell}
      data-align={column.align}
      data-fixed={column.fixed}
      data-over={over || undefined}
      onDragOver={(event) => {
        if (!movable || !event.dataTransfer.types.includes('text/mesh-column')) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <button
        type="button"
        className={classes.heading}
        title={column.header}
        draggable={movable}
        onDragStart={(event) => event.dataTransfer.setData('text/mesh-column', column.id)}
        onClick={column.sortable ? () => onSort(nextSort(current, column.id)) : undefined}
        onKeyDown={onKeyDown}
        data-sortable={column.sortable || undefined}
        aria-keyshortcuts="Shift+ArrowLeft Shift+ArrowRight"
      >
        <span className="line">{column.header}</span>
        {mark}
      </button>
      {/* The keyboard resizes by Shift and arrows on the heading. */}
      <span aria-hidden className={classes.edge} data-resizing={resizing || undefined} onMouseDown={onResize} onTouchStart={onResize} />
    </div>
  );
}
