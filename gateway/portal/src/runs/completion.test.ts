import { describe, expect, it } from 'vitest';
import { applied, complete, errorPlace, type Known } from './completion';

const known: Known = {
  keys: { metrics: ['accuracy', 'loss', 'val loss'], params: ['lr', 'optimizer'], tags: ['team'] },
  values: (field) => (field === 'params.optimizer' ? ['adam', 'sgd'] : []),
};
const at = (text: string, caret = text.length) => complete(text, caret, known);
const texts = (text: string, caret?: number) => at(text, caret).options.map((option) => option.text);

describe('completion', () => {
  it('begins with fields', () => expect(texts('')).toContain('metrics.loss'));

  it('finds a field by its key alone', () => {
    expect(texts('opt')).toEqual(['params.optimizer']);
    expect(texts('metrics.l')).toEqual(['metrics.loss']);
    expect(texts('val')).toEqual(['metrics.`val loss`']);
  });

  it('knows which comparisons a field has', () => {
    expect(texts('metrics.loss ')).toContain('>=');
    expect(texts('metrics.loss ')).not.toContain('LIKE');
    expect(texts('params.lr ')).toContain('ILIKE');
    expect(texts('params.lr ')).not.toContain('<');
  });

  it('gives the values of texts, and none of numbers', () => {
    expect(texts('params.optimizer = ')).toEqual(["'adam'", "'sgd'"]);
    expect(texts("params.optimizer = 's")).toEqual(["'sgd'"]);
    expect(texts('status = ')).toContain("'FAILED'");
    expect(texts('metrics.loss > ')).toEqual([]);
  });

  it('joins comparisons that are whole', () => {
    expect(texts('metrics.loss < 0.1 ')).toEqual(['AND', 'OR']);
    expect(texts("params.lr = '0.1' a")).toEqual(['AND']);
    expect(texts('params.lr IS NULL ')).toEqual(['AND', 'OR']);
    expect(texts('params.lr IS NOT NULL ')).toEqual(['AND', 'OR']);
    expect(texts("params.optimizer IN ('adam') ")).toEqual(['AND', 'OR']);
    expect(texts('metrics.loss < 0.1 AND ')).toContain('params.lr');
  });

  it('goes through lists and parentheses', () => {
    expect(texts('params.optimizer IN ')).toEqual(['(']);
    expect(texts("params.optimizer IN ('adam', ")).toEqual(["'adam'", "'sgd'"]);
    expect(texts('NOT (metr')).toContain('metrics.loss');
  });

  it('completes in the middle', () => {
    const text = "metrics.lo AND params.lr = '1'";
    const completion = at(text, 10);
    expect(completion).toMatchObject({ from: 0, to: 10 });
    expect(applied(text, completion, { text: 'metrics.loss', hint: '' })).toEqual({ text: "metrics.loss AND params.lr = '1'", caret: 12 });
  });

  it('puts a space behind what it wrote', () => {
    expect(applied('opt', at('opt'), { text: 'params.optimizer', hint: '' })).toEqual({ text: 'params.optimizer ', caret: 17 });
  });
});

it('finds the place of an error', () => {
  expect(errorPlace("'filter' is out of form at character 16: oops stands where a number is expected.")).toBe(15);
  expect(errorPlace('Something else.')).toBeNull();
});
