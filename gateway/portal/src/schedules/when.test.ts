import { describe, expect, it } from 'vitest';
import { cronFault, cronText, whenText } from './when';

describe('a cron expression', () => {
  it.each([
    ['* * * * *', 'every minute'],
    ['* * * * * *', 'every second'],
    ['*/15 * * * * *', 'every 15 s'],
    ['30 * * * * *', 'every minute, 30 s in'],
    ['*/5 * * * *', 'every 5 min'],
    ['7 * * * *', 'every hour at :07'],
    ['0 */6 * * *', 'every 6 h at :00'],
    ['0 3 * * *', 'every day at 03:00'],
    ['15 0 3 * * *', 'every day at 03:00:15'],
    ['0 9 * * 1-5', 'on weekdays at 09:00'],
    ['0 9 * * 1,7', 'on Monday, Sunday at 09:00'],
    ['30 6 1 * *', 'on day 1 of the month at 06:30'],
    ['0 3 1-7 * 1', null],
    ['0 3 * JAN *', null],
    ['0 3 *', null],
  ])('%s is %s', (cron, text) => expect(cronText(cron)).toBe(text));

  it('is told when it has too few fields', () => {
    expect(cronFault('0 3 * *')).toContain('4 fields');
    expect(cronFault('')).toBe('This is needed.');
    expect(cronFault('0 0 3 * * *')).toBeNull();
  });
});

it('says when a schedule is due', () => {
  expect(whenText({ cron: null, everySeconds: 300, timeZone: 'UTC' })).toBe('every 5 min');
  expect(whenText({ cron: '0 3 * * *', everySeconds: null, timeZone: 'Europe/Berlin' })).toBe('every day at 03:00 Europe/Berlin');
  expect(whenText({ cron: '0 3 1-7 * 1', everySeconds: null, timeZone: 'UTC' })).toBe('0 3 1-7 * 1 UTC');
});
