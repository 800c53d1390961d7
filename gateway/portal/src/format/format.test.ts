import { describe, expect, it } from 'vitest';
import { bytes, counted, measure, measureInColumn, percent } from './numbers';
import { duration, relative, took } from './times';

describe('measure', () => {
  it.each([
    [0, '0'],
    [0.9479835953520164, '0.948'],
    [0.12034712341913098, '0.1203'],
    [-0.5, '−0.5'],
    [12, '12'],
    [12345.678, '12,346'],
    [1234567, '1,234,567'],
    [0.0000123456, '1.235e−5'],
    [1e12, '1e12'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '−∞'],
  ])('writes %d as %s', (value, text) => expect(measure(value)).toBe(text));
});

it('keeps the digits in columns', () => {
  expect(measureInColumn(0.85)).toBe('0.8500');
  expect(measureInColumn(12)).toBe('12');
});

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [68_009, '68 kB'],
    [1_250_000, '1.3 MB'],
    [250_000_000, '250 MB'],
  ])('writes %d as %s', (size, text) => expect(bytes(size)).toBe(text));
});

it('counts with the noun', () => {
  expect(counted(1, 'run')).toBe('1 run');
  expect(counted(1200, 'run')).toBe('1,200 runs');
  expect(counted(2, 'query', 'queries')).toBe('2 queries');
});

it('writes shares as percent', () => expect(percent(0.1234)).toBe('12.3 %'));

describe('duration', () => {
  it.each([
    [340, '340 ms'],
    [12_340, '12.3 s'],
    [59_990, '1 min'],
    [245_000, '4 min 5 s'],
    [3_599_900, '60 min'],
    [7_980_000, '2 h 13 min'],
    [273_600_000, '3 d 4 h'],
  ])('writes %d ms as %s', (ms, text) => expect(duration(ms)).toBe(text));
});

describe('relative', () => {
  const now = Date.parse('2026-03-10T12:00:00Z');
  it.each([
    ['2026-03-10T11:59:55Z', 'just now'],
    ['2026-03-10T11:59:15Z', '45 s ago'],
    ['2026-03-10T11:30:00Z', '30 min ago'],
    ['2026-03-09T12:00:00Z', '1 d ago'],
    ['2026-03-10T15:00:00Z', 'in 3 h'],
    ['2026-01-02T12:00:00Z', '2 Jan 2026'],
  ])('says %s as %s', (time, text) => expect(relative(time, now)).toBe(text));
});

it('goes on counting while there is no end', () => {
  const now = Date.parse('2026-03-10T12:00:00Z');
  expect(took('2026-03-10T11:59:00Z', null, now)).toBe('1 min');
  expect(took('2026-03-10T11:59:00Z', '2026-03-10T11:59:30Z', now)).toBe('30 s');
  expect(took(null, null, now)).toBeNull();
});
