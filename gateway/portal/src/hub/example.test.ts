import { expect, it } from 'vitest';
import { exampleDraft, withExample } from './Example';

it('puts the example into the command', () =>
  expect(
    withExample('mesh jobs submit --item describe -p dataset=… -P demo', { params: { dataset: 'wine', note: "it's fine" }, inputs: {} }),
  ).toBe("mesh jobs submit --item describe -p dataset=wine -p 'note=it'\\''s fine' -P demo"));

it('fills the form with the example', () =>
  expect(exampleDraft({ params: { lr: '0.2' }, inputs: { data: 'mesh://demo/dataset/x' } })).toEqual({
    values: { lr: '0.2' },
    lines: 'lr=0.2',
    inputs: { data: 'mesh://demo/dataset/x' },
  }));
