import { expect, it } from 'vitest';
import { asProblem, problemOf } from './problem';

it('reads code, sentence and field of a refusal', () => {
  const problem = problemOf(400, {
    title: 'Bad Request',
    detail: "'filter' is out of form at character 14: the end stands where a number is expected.",
    code: 'filter.invalid',
    errors: [{ field: 'filter', message: 'the same' }],
    traceId: 'e7b8',
  });
  expect(problem).toMatchObject({ status: 400, code: 'filter.invalid', field: 'filter', traceId: 'e7b8', isOutage: false });
  expect(problem.sentence).toContain('character 14');
});

it('reads the errors of a validation by field', () => {
  const problem = problemOf(400, { title: 'One or more validation errors occurred.', errors: { Name: ['The name is needed.'] } });
  expect(problem.field).toBe('Name');
  expect(problem.sentence).toBe('The name is needed.');
});

it('makes a problem of whatever else answered', () => {
  expect(problemOf(502, '<html>').sentence).toBe('The mesh answered with status 502.');
  expect(problemOf(502, undefined).isOutage).toBe(true);
  expect(asProblem(new Error('oh')).sentence).toBe('oh');
});
