import { expect, it } from 'vitest';
import { type Column, moved, movedTo, nextSort, sorted } from './column';

interface Row {
  name: string;
  auc: number | null;
}

const columns: Column<Row>[] = [
  { id: 'name', header: 'Name', value: (row) => row.name },
  { id: 'auc', header: 'auc', value: (row) => row.auc },
];
const rows: Row[] = [
  { name: 'run-10', auc: 0.5 },
  { name: 'run-2', auc: null },
  { name: 'run-1', auc: 0.9 },
];
const names = (sort: { column: string; descending: boolean } | null) => sorted(rows, columns, sort).map((row) => row.name);

it('sorts numbers by value and leaves what has none at the end', () => {
  expect(names({ column: 'auc', descending: true })).toEqual(['run-1', 'run-10', 'run-2']);
  expect(names({ column: 'auc', descending: false })).toEqual(['run-10', 'run-1', 'run-2']);
});

it('sorts texts as people count', () => expect(names({ column: 'name', descending: false })).toEqual(['run-1', 'run-2', 'run-10']));

it('leaves rows as they are without an order', () => expect(sorted(rows, columns, null)).toBe(rows));

it('goes down, up and back by clicks', () => {
  const down = nextSort(null, 'auc');
  expect(down).toEqual({ column: 'auc', descending: true });
  const up = nextSort(down, 'auc');
  expect(up).toEqual({ column: 'auc', descending: false });
  expect(nextSort(up, 'auc')).toBeNull();
});

it('moves columns', () => {
  expect(moved(['a', 'b', 'c'], 'c', -1)).toEqual(['a', 'c', 'b']);
  expect(moved(['a', 'b', 'c'], 'a', -1)).toEqual(['a', 'b', 'c']);
  expect(movedTo(['a', 'b', 'c'], 'a', 'c')).toEqual(['b', 'c', 'a']);
});
