import { describe, expect, it } from 'vitest';
import { fieldOf, isFilter, joined, orderOf, questionOf, readRunsSearch, split } from './search';
import { readViews, withView } from './views';

describe('the address', () => {
  it('is read, without what is out of form', () => {
    expect(readRunsSearch({ q: 'a', status: '', cols: ['x'], sort: '-metrics.auc', other: 1 })).toEqual({ q: 'a', sort: '-metrics.auc' });
    expect(readRunsSearch({ q: 12 })).toEqual({ q: '12' });
  });

  it('keeps lists whatever stands in their items', () => {
    const columns = ['status', 'params.a,b', 'tags.100%', 'metrics.50%2C'];
    expect(split(joined(columns))).toEqual(columns);
    expect(split(undefined)).toEqual([]);
  });

  it('asks the mesh', () => {
    expect(questionOf({ q: 'resnet', status: 'failed,nonsense', exp: 'tabular', sort: '-metrics.auc', cols: 'status' })).toEqual({
      name: '*resnet*',
      status: ['failed'],
      experiment: 'tabular',
      orderBy: ['metrics.auc DESC'],
    });
    expect(questionOf({ q: "params.lr = '0.1'", sort: 'duration' })).toEqual({ filter: "params.lr = '0.1'", status: [], orderBy: [] });
  });
});

it('tells filters from names', () => {
  expect(isFilter('resnet50-vit')).toBe(false);
  expect(isFilter('metrics.loss < 1')).toBe(true);
  expect(isFilter('params.lr is null')).toBe(true);
});

it('puts keys into backticks where the grammar needs it', () => {
  expect(fieldOf('metrics', 'val/loss')).toBe('metrics.val/loss');
  expect(fieldOf('params', 'batch size')).toBe('params.`batch size`');
  expect(fieldOf('tags', 'a`b')).toBe('tags.`a``b`');
});

it('orders by what the mesh can order by', () => {
  expect(orderOf('name', false)).toBe('run_name ASC');
  expect(orderOf('params.batch size', true)).toBe('params.`batch size` DESC');
  expect(orderOf('duration', true)).toBeNull();
  expect(orderOf('other.key', true)).toBeNull();
});

describe('saved views', () => {
  it('are read, without what is out of form', () => {
    expect(readViews('[{"name":"best","search":{"sort":"-metrics.auc","x":1}},{"name":3},null]')).toEqual([
      { name: 'best', search: { sort: '-metrics.auc' } },
    ]);
    expect(readViews('{')).toEqual([]);
    expect(readViews(null)).toEqual([]);
  });

  it('replace one of the same name, and stand by name', () => {
    const views = [
      { name: 'b', search: {} },
      { name: 'a', search: {} },
    ];
    expect(withView(views, { name: 'b', search: { q: 'x' } })).toEqual([
      { name: 'a', search: {} },
      { name: 'b', search: { q: 'x' } },
    ]);
  });
});
