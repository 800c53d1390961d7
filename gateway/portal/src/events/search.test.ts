import { expect, it } from 'vitest';
import type { MeshEvent } from '../live/meshEvent';
import { cloudEvent, holdsText, lineOf, readEventsSearch } from './search';

const event: MeshEvent = {
  position: 7,
  id: 'i',
  source: '/mesh/tracking',
  type: 'run.failed',
  subject: '01a2',
  time: '2026-03-10T12:00:00Z',
  project: 'demo',
  actor: 'lea',
  data: { name: 'churn', cause: 'The file rows.csv is not there.' },
};

it('reads the address and drops what is out of form', () => {
  expect(readEventsSearch({ types: 'run.*,DROP,model.promoted', after: 0, event: -1, text: '' })).toEqual({
    types: 'run.*,model.promoted',
    after: 0,
  });
  expect(readEventsSearch({ types: 'nonsense', after: '5' })).toEqual({});
});

it('looks for text in all that people see of an event', () => {
  expect(holdsText(event, 'ROWS.csv')).toBe(true);
  expect(holdsText(event, 'lea')).toBe(true);
  expect(holdsText(event, undefined)).toBe(true);
  expect(holdsText(event, 'promoted')).toBe(false);
});

it('tells an event in a line', () => expect(lineOf(event)).toBe('churn failed: The file rows.csv is not there.'));

it('shows the event without what the portal adds', () => expect(JSON.parse(cloudEvent(event))).not.toHaveProperty('position'));
