import { describe, expect, it } from 'vitest';
import { rowsOf } from '../api/paging';
import { type Rows, type Run, withChanged, withNewest, without } from './rows';

const run = (id: string, version = 1, loss?: number): Run =>
  ({ id, version, status: 'running', metrics: loss === undefined ? {} : { loss: { last: loss, count: 1 } } }) as unknown as Run;
const page = (ids: string[], next?: string) => ({ items: ids.map((id) => run(id)), ...(next ? { next } : {}) });
const rows = (...pages: ReturnType<typeof page>[]): Rows => ({ pages, pageParams: pages.map(() => undefined) });
const ids = (data: Rows) => rowsOf(data).map((one) => one.id);

describe('changed rows', () => {
  it('stand where they stood, and others stay the same objects', () => {
    const before = rows(page(['a', 'b'], 'x'), page(['c']));
    const after = withChanged(before, new Map([['c', run('c', 2)]]));
    expect(after.pages[0]).toBe(before.pages[0]);
    expect(after.pages[1]?.items[0]?.version).toBe(2);
    expect(withChanged(before, new Map([['z', run('z')]]))).toBe(before);
  });

  it('are not made older by news that were overtaken', () => {
    const before = withChanged(rows(page(['a'])), new Map([['a', run('a', 5)]]));
    expect(withChanged(before, new Map([['a', run('a', 3)]])).pages[0]?.items[0]?.version).toBe(5);
  });
});

describe('new rows', () => {
  it('stand at the top, and nothing is shown twice', () => {
    const before = rows(page(['c', 'b'], 'x'), page(['a']));
    expect(ids(withNewest(before, page(['e', 'd', 'c', 'b', 'a'], 'y')))).toEqual(['e', 'd', 'c', 'b', 'a']);
  });

  it('take away what no longer fits', () => {
    expect(ids(withNewest(rows(page(['c', 'b', 'a'], 'x')), page(['d', 'c', 'a'], 'y')))).toEqual(['d', 'c', 'a']);
    expect(ids(withNewest(rows(page(['c', 'b'])), page(['b'])))).toEqual(['b']);
  });

  it('keep the rows behind them when there are more than an answer holds', () => {
    expect(ids(withNewest(rows(page(['b', 'a'], 'x')), page(['f', 'e', 'd'], 'y')))).toEqual(['f', 'e', 'd', 'b', 'a']);
  });

  it('begin anew when nobody has scrolled on and so many have come that they would weigh', () => {
    const many = Array.from({ length: 1001 }, (_, i) => `r${i}`);
    expect(ids(withNewest(rows(page(many, 'x')), page(['f', 'e'], 'y')))).toEqual(['f', 'e']);
    expect(ids(withNewest(rows(page(many, 'x'), page(['a'])), page(['f', 'e'], 'y')))).toHaveLength(1004);
  });

  it('change nothing when there is nothing new', () => {
    const before = rows(page(['b', 'a'], 'x'));
    expect(withNewest(before, page(['b', 'a'], 'x'))).toBe(before);
  });
});

it('leaves out what is gone', () => {
  const before = rows(page(['b', 'a']));
  expect(ids(without(before, new Set(['a'])))).toEqual(['b']);
  expect(without(before, new Set(['z']))).toBe(before);
});
