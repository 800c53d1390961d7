import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, it, vi } from 'vitest';
import { Confirm } from '../shell/Confirm';
import { renderPart } from '../testing/render';
import { CodeView } from './CodeView';
import { ParamFields } from './ParamFields';
import type { FormParam } from './params';

const params: FormParam[] = [
  { name: 'epochs', kind: 'integer', required: true, min: 1, max: 10, description: 'Passes.' },
  { name: 'lr', kind: 'number', required: false, fallback: '0.1' },
];

function Form({ strict = false }: { strict?: boolean }) {
  const [values, setValues] = useState<Record<string, string>>({});
  return (
    <ParamFields params={params} values={values} onChange={(name, value) => setValues({ ...values, [name]: value })} strict={strict} />
  );
}

it('tells what is wrong as it is typed, and what is missing once it is asked for', async () => {
  renderPart(<Form />);
  expect(screen.getByText('Passes. Whole number, 1 to 10.')).toBeTruthy();
  expect(screen.queryByText('This is needed.')).toBeNull();
  await userEvent.type(screen.getByRole('textbox', { name: /epochs/ }), '11');
  expect(screen.getByText('This must be 1 to 10.')).toBeTruthy();
});

it('tells what is missing', () => {
  renderPart(<Form strict />);
  expect(screen.getAllByText('This is needed.')).toHaveLength(1);
});

it('shows first the file that the command names', () => {
  const files = [
    { path: 'lib.py', size: 3, content: 'one' },
    { path: 'train.py', size: 3, content: 'two\nthree\n' },
  ];
  renderPart(<CodeView files={files} chosen={undefined} command={['python3', 'train.py']} onChoose={() => {}} />);
  expect(screen.getByRole('region', { name: 'train.py' }).querySelectorAll('tr')).toHaveLength(2);
});

it('does nothing before the name is typed', async () => {
  const act = vi.fn(async () => {});
  renderPart(
    <Confirm title="Delete demo?" verb="Delete" typed="demo" act={act} onClose={() => {}}>
      All of it.
    </Confirm>,
  );
  const button = await screen.findByRole('button', { name: 'Delete' });
  expect(button).toHaveProperty('disabled', true);
  await userEvent.type(screen.getByRole('textbox', { name: 'Type demo to go on' }), 'demo');
  await userEvent.click(button);
  expect(act).toHaveBeenCalledTimes(1);
});
