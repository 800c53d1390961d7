import { expect, test } from 'vitest';
import { bare, looksBefore, styled } from './ansi';

test('colours and weights become looks, and go on until they are taken back', () => {
  const { stretches, look } = styled('a \u001b[1;31merror\u001b[0m b \u001b[32mgreen');
  expect(stretches).toEqual([
    { text: 'a ', looks: [] },
    { text: 'error', looks: ['red', 'bold'] },
    { text: ' b ', looks: [] },
    { text: 'green', looks: ['green'] },
  ]);
  expect(styled('still', look).stretches).toEqual([{ text: 'still', looks: ['green'] }]);
});

test('each line begins as the one before it ended', () => {
  const looks = looksBefore(['plain', 'now \u001b[31mred', 'still', 'until here\u001b[0m', 'plain']);
  expect(looks.map((look) => look.color)).toEqual([null, null, 'red', 'red', null]);
});

test('colours by number are skipped with their arguments', () => {
  expect(styled('\u001b[38;5;208;1mx').stretches).toEqual([{ text: 'x', looks: ['bold'] }]);
  expect(styled('\u001b[38;2;1;2;3;4mx').stretches).toEqual([{ text: 'x', looks: ['underline'] }]);
});

test('what moves the cursor, titles and control characters are dropped', () => {
  expect(bare('\u001b[2K\u001b[1A\u001b]0;title\u0007text\u0000\u0008!')).toBe('text!');
});

test('what a carriage return wrote over is gone', () => {
  expect(bare('10 %\r50 %\r100 %')).toBe('100 %');
  expect(bare('line\r')).toBe('line');
});

test('text that looks like markup stays text', () => {
  expect(bare('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>');
});
