import { describe, expect, it } from 'vitest';
import { draftOf, emptyDraft, isWhole, jobOf, type Subject } from './jobDraft';

const subject: Subject = {
  function: 'train',
  params: [
    { name: 'epochs', kind: 'integer', required: true, min: 1 },
    { name: 'lr', kind: 'number', required: false, fallback: '0.1' },
  ],
  inputs: [{ name: 'data' }, { name: 'more', required: false }],
};

describe('a draft', () => {
  it('is whole when what is needed is there and nothing is wrong', () => {
    const draft = { ...emptyDraft, values: { epochs: '3' }, inputs: { data: 'mesh://demo/dataset/x' } };
    expect(isWhole(subject, draft)).toBe(true);
    expect(isWhole(subject, { ...draft, values: {} })).toBe(false);
    expect(isWhole(subject, { ...draft, inputs: {} })).toBe(false);
    expect(isWhole(subject, { ...draft, priority: '101' })).toBe(false);
    expect(isWhole({ ...subject, params: null }, { ...draft, lines: 'nonsense' })).toBe(false);
  });

  it('becomes a job of what was typed alone', () => {
    const draft = {
      ...emptyDraft,
      values: { epochs: '3', lr: '' },
      inputs: { data: ' mesh://demo/dataset/x ' },
      memoryMib: '512',
      name: ' n ',
    };
    expect(jobOf(subject, draft)).toEqual({
      function: 'train',
      params: { epochs: '3' },
      inputs: { data: 'mesh://demo/dataset/x' },
      name: 'n',
      resources: { memoryBytes: 536_870_912 },
    });
  });

  it('keeps of a job what the form does not show', () => {
    const job = { function: 'train', params: { epochs: '5' }, tags: { a: 'b' }, resources: { cpus: 2 } };
    expect(jobOf(subject, draftOf(job), job)).toEqual(job);
  });

  it('has environment variables as lines', () => {
    const draft = { ...emptyDraft, environment: 'A=1\nB=x=y' };
    expect(jobOf({ item: 'x', params: [], inputs: [] }, draft).environment).toEqual({ A: '1', B: 'x=y' });
    expect(draftOf({ environment: { A: '1' } }).environment).toBe('A=1');
    expect(isWhole({ params: [], inputs: [] }, { ...draft, environment: 'A' })).toBe(false);
  });

  it('takes lines where nothing is declared', () =>
    expect(jobOf({ item: 'x', params: null, inputs: [] }, { ...emptyDraft, lines: 'a=1' })).toEqual({ item: 'x', params: { a: '1' } }));
});
