import { describe, expect, it } from 'vitest';
import { type FormParam, faultOf, formParam, linesOf, rangeOf, readLines, typedValues } from './params';

const param = (change: Partial<FormParam>): FormParam => ({ name: 'p', kind: 'text', required: false, ...change });

it('makes fields of what functions and hub items declare', () => {
  expect(
    formParam({ name: 'lr', type: 'float', default: '0.1', required: false, min: 0, max: 1, choices: null, description: null }),
  ).toEqual({
    name: 'lr',
    kind: 'number',
    fallback: '0.1',
    required: false,
    min: 0,
    max: 1,
    choices: undefined,
    description: undefined,
  });
  expect(formParam({ name: 'x', type: 'column', description: 'A column.', required: true }).kind).toBe('text');
  expect(formParam({ name: 'x', type: 'list', description: '', required: false, choices: ['a', 'b'] }).kind).toBe('choices');
  expect(formParam({ name: 'x', type: 'list', description: '', required: false }).kind).toBe('text');
});

describe('a value', () => {
  it.each<[Partial<FormParam>, string, string | null]>([
    [{ required: true }, ' ', 'This is needed.'],
    [{ required: true, fallback: '1' }, '', null],
    [{ kind: 'integer' }, '12', null],
    [{ kind: 'integer' }, '1.5', 'This must be a whole number.'],
    [{ kind: 'number' }, '1e-3', null],
    [{ kind: 'number' }, 'fast', 'This must be a number.'],
    [{ kind: 'number', min: 0, max: 1 }, '1.1', 'This must be 0 to 1.'],
    [{ kind: 'integer', min: 1 }, '0', 'This must be at least 1.'],
    [{ kind: 'boolean' }, 'yes', 'This must be true or false.'],
    [{ kind: 'choice', choices: ['mse', 'mae'] }, 'rmse', 'This must be one of mse, mae.'],
    [{ kind: 'choices', choices: ['a', 'b'] }, 'a, b', null],
    [{ kind: 'choices', choices: ['a', 'b'] }, 'a,c', "'c' is none of a, b."],
  ])('%j takes %s', (change, value, fault) => expect(faultOf(param(change), value)).toBe(fault));
});

it('says ranges', () => {
  expect(rangeOf({ max: 3 })).toBe('at most 3');
  expect(rangeOf({})).toBeNull();
});

it('sends what was typed alone', () =>
  expect(typedValues([param({ name: 'a' }), param({ name: 'b' })], { a: ' 1 ', b: '', c: 'gone' })).toEqual({ a: '1' }));

it('reads and writes lines', () => {
  expect(readLines('a=1\n\n b = x=y ')).toEqual({ values: { a: '1', b: 'x=y' }, fault: null });
  expect(readLines('a=1\nnonsense').fault).toContain('nonsense');
  expect(linesOf({ a: '1', b: '2' })).toBe('a=1\nb=2');
});
