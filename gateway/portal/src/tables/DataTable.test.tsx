import { fireEvent, screen } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { renderPart } from '../testing/render';
import type { Column } from './column';
import { DataTable } from './DataTable';

interface Row {
  id: string;
  loss: number;
}

const columns: Column<Row>[] = [
  { id: 'id', header: 'Name', fixed: true, sortable: true, value: (row) => row.id },
  { id: 'loss', header: 'loss', sortable: true, align: 'right', value: (row) => row.loss },
];
const rows: Row[] = Array.from({ length: 5000 }, (_, i) => ({ id: `run-${i}`, loss: 5000 - i }));
const idOf = (row: Row) => row.id;

beforeEach(() => {
  // jsdom lays nothing out: the box of the table is as high as twenty rows.
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(640);
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(900);
});

const bodyRows = () => screen.getAllByRole('row').filter((row) => row.hasAttribute('data-index'));

it('draws only the rows that are in sight, and says how many there are', () => {
  renderPart(<DataTable label="Runs" rows={rows} rowId={idOf} columns={columns} />);
  expect(screen.getByRole('grid').getAttribute('aria-rowcount')).toBe('5001');
  expect(bodyRows().length).toBeGreaterThan(10);
  expect(bodyRows().length).toBeLessThan(60);
});

it('sorts by its headings', () => {
  renderPart(<DataTable label="Runs" rows={rows} rowId={idOf} columns={columns} />);
  fireEvent.click(screen.getByRole('button', { name: 'loss' }));
  fireEvent.click(screen.getByRole('button', { name: 'loss' }));
  expect(bodyRows()[0]?.textContent).toContain('run-4999');
  expect(screen.getByRole('columnheader', { name: 'loss' }).getAttribute('aria-sort')).toBe('ascending');
});

it('moves, selects and opens by keyboard', () => {
  const onSelect = vi.fn();
  const onOpen = vi.fn();
  renderPart(
    <DataTable label="Runs" rows={rows} rowId={idOf} columns={columns} selected={new Set()} onSelect={onSelect} onOpen={onOpen} />,
  );
  const first = bodyRows()[0] as HTMLElement;
  first.focus();
  fireEvent.keyDown(first, { key: 'ArrowDown' });
  const second = bodyRows()[1] as HTMLElement;
  fireEvent.keyDown(second, { key: ' ' });
  expect(onSelect).toHaveBeenCalledWith(new Set(['run-1']));
  fireEvent.keyDown(second, { key: 'Enter' });
  expect(onOpen).toHaveBeenCalledWith(rows[1]);
});

it('asks for more when the end comes into sight', () => {
  const onMore = vi.fn();
  renderPart(<DataTable label="Runs" rows={rows.slice(0, 20)} rowId={idOf} columns={columns} hasMore onMore={onMore} />);
  expect(onMore).toHaveBeenCalled();
});

it('shows what stands for nothing', () => {
  renderPart(<DataTable label="Runs" rows={[]} rowId={idOf} columns={columns} empty={<p>No run yet</p>} />);
  expect(screen.getByText('No run yet')).toBeTruthy();
});
