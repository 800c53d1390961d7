import { type MouseEvent, memo, type ReactNode } from 'react';
import type { Column } from './column';
import classes from './DataTable.module.css';

interface TableRowProps<Row> {
  row: Row;
  index: number;
  top: number;
  columns: readonly Column<Row>[];
  selectable: boolean;
  selected: boolean;
  active: boolean;
  fresh: boolean;
  onSelect: (index: number, range: boolean) => void;
  onActivate: (index: number) => void;
  onOpen: ((row: Row) => void) | undefined;
}

function Part<Row>({ row, index, top, columns, selectable, selected, active, fresh, onSelect, onActivate, onOpen }: TableRowProps<Row>) {
  const open = (event: MouseEvent) => {
    if ((event.target as HTMLElement).closest('a, button, input, label') || window.getSelection()?.toString()) return;
    onOpen?.(row);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid hears the keys of its rows.
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selectable ? selected : undefined}
      data-index={index}
      data-fresh={fresh || undefined}
      data-open={onOpen ? true : undefined}
      tabIndex={active ? 0 : -1}
      className={`${classes.row} ${classes.bodyRow}`}
      style={{ transform: `translateY(${top}px)` }}
      onFocus={() => onActivate(index)}
      onClick={open}
    >
      {selectable && (
        // biome-ignore lint/a11y/useFocusableInteractive: its box can be used, and Space on the row.
        <div role="gridcell" className={classes.choose} data-fixed>
          {/* The browser's own: rows come and go by the thousand. */}
          <input
            type="checkbox"
            className={classes.box}
            aria-label="Select row"
            tabIndex={-1}
            checked={selected}
            onChange={() => {}}
            onClick={(event) => onSelect(index, event.shiftKey)}
          />
        </div>
      )}
      {columns.map((column) => (
        // biome-ignore lint/a11y/useFocusableInteractive: rows take the focus, and what is in them.
        <div
          key={column.id}
          role="gridcell"
          className={classes.cell}
          data-align={column.align}
          data-fixed={column.fixed}
          title={titleOf(column, row)}
        >
          {contentOf(column, row)}
        </div>
      ))}
    </div>
  );
}

function contentOf<Row>(column: Column<Row>, row: Row): ReactNode {
  const content = column.cell ? column.cell(row) : column.value?.(row);
  return content === null || content === undefined || content === '' ? <span className={classes.nothing}>–</span> : content;
}

function titleOf<Row>(column: Column<Row>, row: Row): string | undefined {
  const value = column.value?.(row);
  return value === null || value === undefined ? undefined : String(value);
}

/** A row of a table; renders again only when something of it changes. */
export const TableRow = memo(Part) as typeof Part;
