import { expect, test } from 'vitest';
import { emptyWindow, extended, preceded } from './logWindow';

test('a line that comes in pieces is one line', () => {
  const first = extended(emptyWindow, 'one\ntw', 6);
  expect(first).toEqual({ from: 0, to: 6, lines: ['one', 'tw'], open: true });
  const second = extended(first, 'o\nthree\n', 14);
  expect(second).toEqual({ from: 0, to: 14, lines: ['one', 'two', 'three'], open: false });
  expect(extended(second, '', 14)).toEqual(second);
});

test('what comes before is joined where it was cut', () => {
  const window = extended({ from: 6, to: 6, lines: [], open: false }, 'o\nthree\n', 14);
  expect(preceded(window, 'one\ntw', 0).lines).toEqual(['one', 'two', 'three']);
});

test('what lies too far back is dropped, and the window knows where it begins', () => {
  const text = Array.from({ length: 50_010 }, (_, i) => `${i % 10}\n`).join('');
  const window = extended(emptyWindow, text, text.length);
  expect(window.lines.length).toBe(50_000);
  expect(window.from).toBe(20);
});
