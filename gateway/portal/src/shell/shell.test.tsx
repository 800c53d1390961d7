import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { Problem } from '../api/problem';
import { renderPart } from '../testing/render';
import { EmptyState } from './EmptyState';
import { ProblemNotice } from './ProblemNotice';
import { safeNext } from './SignInScreen';
import { StatusBadge } from './StatusBadge';

it('goes on only within this origin after signing in', () => {
  expect(safeNext('/p/demo/runs?q=1')).toBe('/p/demo/runs?q=1');
  expect(safeNext('//elsewhere.example')).toBe('/');
  expect(safeNext('/\\elsewhere.example')).toBe('/');
  expect(safeNext('https://elsewhere.example')).toBe('/');
  expect(safeNext(undefined)).toBe('/');
});

it('says what an empty place is for, and copies the command', () => {
  renderPart(
    <EmptyState title="No run yet" command="mesh demo">
      Runs are recorded here.
    </EmptyState>,
  );
  expect(screen.getByText('mesh demo')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Copy command: mesh demo' })).toBeTruthy();
});

it('shows the sentence of a problem, and its code', () => {
  renderPart(<ProblemNotice error={new Problem(409, 'run.active', 'The run is at work: abort it first.')} />);
  expect(screen.getByRole('alert').textContent).toContain('The run is at work: abort it first.');
  expect(screen.getByRole('alert').textContent).toContain('run.active');
});

it('says a state in a word', () => {
  renderPart(<StatusBadge status="failed" cause="Out of memory." />);
  expect(screen.getByText('failed')).toBeTruthy();
});
