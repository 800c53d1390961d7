import { describe, expect, it } from 'vitest';
import { groupChoices, groupField, openedBy, selectionOf } from './groups';

describe('the selection of a question', () => {
  it('says in the grammar what it has no place for', () =>
    expect(
      selectionOf({
        status: ['completed', 'running', 'aborting'],
        experiment: 'a',
        filter: "params.x = '1' OR params.y = '2'",
        orderBy: [],
      }),
    ).toEqual({
      experiments: ['a'],
      filter: "(params.x = '1' OR params.y = '2') AND attributes.status IN ('FINISHED', 'RUNNING')",
    }));

  it('finds parts of names as they stand', () =>
    expect(selectionOf({ status: [], name: "*it's_5%*", orderBy: ['params.x ASC'] })).toEqual({
      filter: "attributes.run_name LIKE '%it''s\\_5\\%%'",
      orderBy: ['params.x ASC'],
    }));

  it('of no question is all runs', () => expect(selectionOf({ status: [], orderBy: [] })).toEqual({}));
});

describe('a group', () => {
  it('opens as a filter beside the one that is there', () => {
    expect(openedBy({ by: 'params.lr' }, 'params.lr', '0.1')).toEqual({ q: "params.lr = '0.1'" });
    expect(openedBy({ by: 'tags.a b', q: 'x = 1 or y = 2' }, 'tags.a b', "it's")).toEqual({
      q: "(x = 1 or y = 2) AND tags.`a b` = 'it''s'",
    });
    expect(openedBy({ q: 'base' }, 'params.lr', null)).toEqual({ q: "attributes.run_name LIKE '%base%' AND params.lr IS NULL" });
  });

  it('of an experiment or a parent opens as that', () => {
    expect(openedBy({ by: 'experiment', status: 'failed' }, 'experiment', 'a')).toEqual({ exp: 'a', status: 'failed' });
    expect(openedBy({ by: 'parent' }, 'parent', 'p')).toEqual({ parent: 'p' });
    expect(openedBy({ by: 'parent' }, 'parent', null)).toBeNull();
  });
});

it('keys with other characters are quoted', () => expect(groupField('params.a b')).toBe('params.`a b`'));

it('what the address names can be chosen even if no run has it', () =>
  expect(groupChoices({ params: ['lr'], metrics: [], tags: [] }, 'tags.gone').map(({ group }) => group)).toEqual([
    'Run',
    'Params',
    'Chosen',
  ]));
