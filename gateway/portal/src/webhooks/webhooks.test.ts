import { expect, it } from 'vitest';
import { readWebhookSearch } from './search';
import { standingOf, urlFault } from './standing';

const well = { paused: false, pauseCause: null, failingSince: null, cause: null };

it('reads the address and drops what is out of form', () => {
  expect(readWebhookSearch({ state: 'failed', delivery: 7 })).toEqual({ state: 'failed', delivery: 7 });
  expect(readWebhookSearch({ state: 'lost', delivery: -1 })).toEqual({});
});

it('tells how a webhook stands and why', () => {
  expect(standingOf(well)).toEqual({ state: 'active', cause: null });
  expect(standingOf({ ...well, failingSince: '2026-03-10T12:00:00Z', cause: 'The receiver answered 500.' })).toEqual({
    state: 'failing',
    cause: 'The receiver answered 500.',
  });
  expect(standingOf({ ...well, paused: true, pauseCause: 'Gone.', failingSince: '2026-03-10T12:00:00Z' })).toEqual({
    state: 'paused',
    cause: 'Gone.',
  });
});

it('says what is wrong with an address', () => {
  expect(urlFault('')).toBeNull();
  expect(urlFault('https://ci.example.com/mesh?x=1')).toBeNull();
  expect(urlFault('ci.example.com')).toContain('no address');
  expect(urlFault('ftp://ci.example.com')).toContain('https://');
  expect(urlFault('https://ada:secret@ci.example.com')).toContain('password');
  expect(urlFault('https://ci.example.com/#x')).toContain('fragment');
});
