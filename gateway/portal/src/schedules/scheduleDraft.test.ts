import { expect, it } from 'vitest';
import { whenDraftOf, whenFaults, whenOf } from './scheduleDraft';

const draft = { ...whenDraftOf(), timeZone: 'Europe/Berlin' };

it('sends a cron expression with its time zone, or an interval without', () => {
  expect(whenOf({ ...draft, jitterSeconds: '60' })).toEqual({
    cron: '0 3 * * *',
    timeZone: 'Europe/Berlin',
    jitterSeconds: 60,
    misfire: 'fireOnce',
    overlap: 'skip',
  });
  expect(whenOf({ ...draft, kind: 'interval', everySeconds: '90', misfire: 'catchUp', maxCatchUp: '5' })).toEqual({
    everySeconds: 90,
    maxCatchUp: 5,
    misfire: 'catchUp',
    overlap: 'skip',
  });
});

it('tells what is wrong by field', () => {
  expect(whenFaults(draft)).toEqual({});
  expect(Object.keys(whenFaults({ ...draft, cron: 'daily', jitterSeconds: '-1' }))).toEqual(['cron', 'jitterSeconds']);
  expect(whenFaults({ ...draft, kind: 'interval', cron: 'daily', everySeconds: '' })).toEqual({ everySeconds: 'This is needed.' });
});
