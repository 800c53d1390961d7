import { expect, test } from 'vitest';
import { submittedOf, withGiven } from './again';
import type { Job } from './queries';

const job = (more: Partial<Job>) =>
  ({
    name: 'train',
    experiment: 'default',
    function: null,
    functionVersion: null,
    item: null,
    command: [],
    params: { lr: '0.1' },
    maxAttempts: 2,
    timeoutSeconds: 60,
    submittedAt: '2026-01-01T00:00:00Z',
    ...more,
  }) as Job;

test('a job of a function keeps version, params, policy, and what its first event tells', () => {
  const submitted = submittedOf(
    job({
      function: 'train',
      functionVersion: 3,
      item: 'auto-trainer',
      profile: 'process',
      inputs: { data: 'mesh://demo/dataset/a@1' },
      policy: { priority: 5, resources: { cpus: 2 }, deadlineAt: '2026-01-01T01:00:00Z' },
    }),
    { secrets: ['KEY'], tags: { team: 'a', 'mesh.alert': 'x' }, work: { secretFiles: ['FILE'] } },
  );
  expect(submitted).toEqual({
    function: 'train',
    functionVersion: 3,
    name: 'train',
    experiment: 'default',
    params: { lr: '0.1' },
    inputs: { data: 'mesh://demo/dataset/a@1' },
    maxAttempts: 2,
    timeoutSeconds: 60,
    priority: 5,
    resources: { cpus: 2 },
    deadlineSeconds: 3600,
    profile: 'process',
    secrets: ['KEY'],
    secretFiles: ['FILE'],
    tags: { team: 'a' },
  });
});

test('a job of a command keeps the command, whatever the event holds', () => {
  const submitted = submittedOf(job({ command: ['python3', 'train.py'] }), 'nonsense');
  expect(submitted.command).toEqual(['python3', 'train.py']);
  expect(submitted).not.toHaveProperty('tags');
});

test('what was given without being declared has a field too', () => {
  const subject = withGiven(
    { params: [{ name: 'lr', kind: 'number', required: true }], inputs: [{ name: 'data' }] },
    { params: { lr: '1', extra: '2' }, inputs: { data: 'a', more: 'b' } },
  );
  expect(subject.params?.map((param) => param.name)).toEqual(['lr', 'extra']);
  expect(subject.inputs.map((input) => input.name)).toEqual(['data', 'more']);
  expect(withGiven({ params: null, inputs: [] }, { params: { a: '1' } }).params).toBeNull();
});
