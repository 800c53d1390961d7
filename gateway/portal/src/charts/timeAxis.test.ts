import { expect, it } from 'vitest';
import { timeTicks } from './timeAxis';

const at = (time: string) => new Date(time).getTime() / 1000;

it('marks the time of day, and the date where a day begins', () => {
  expect(timeTicks([at('2026-03-09T22:00'), at('2026-03-09T23:00'), at('2026-03-10T00:00'), at('2026-03-10T01:00')], 3600)).toEqual([
    '22:00',
    '23:00',
    '10 Mar',
    '01:00',
  ]);
  expect(timeTicks([at('2026-03-09T22:00:05')], 5)).toEqual(['22:00:05']);
  expect(timeTicks([at('2026-03-09T00:00')], 86_400)).toEqual(['9 Mar']);
});
