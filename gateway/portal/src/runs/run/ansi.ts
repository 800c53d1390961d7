/** A stretch of a line in one look. */
export interface Stretch {
  text: string;
  /** Names of looks, such as `bold` or `red`. */
  looks: string[];
}

const colors = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
// Sequences of control (CSI), of the operating system (OSC, up to BEL or ST), and single ones; then control characters that have no place in a line.
const esc = '\\u001b';
const bel = '\\u0007';
const escapes = new RegExp(
  `${esc}\\[([0-9;?]*)([@-~])|${esc}\\][^${bel}${esc}]*(?:${bel}|${esc}\\\\)|${esc}[@-Z\\\\-_]|[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001a\\u001c-\\u001f\\u007f]`,
  'g',
);

/** How text looks from a place on. */
export interface Look {
  color: string | null;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
}

const plain: Look = { color: null, bold: false, dim: false, italic: false, underline: false };

/**
 * A line as it would look in a terminal: what a carriage return has written over is left out, colours and weights become looks, all other escape sequences are dropped
 * (ECMA-48, SGR of xterm with its 16 colours). The look at the end goes on in the next line.
 */
export function styled(line: string, from: Look = plain): { stretches: Stretch[]; look: Look } {
  const stretches: Stretch[] = [];
  let look = from;
  const add = (text: string) => {
    if (text === '') return;
    stretches.push({ text, looks: looksOf(look) });
  };
  // Progress bars write over their line: the last one stays. One at the very end is that of a line end.
  const shown = line.replace(/\r+$/, '');
  const text = shown.slice(shown.lastIndexOf('\r') + 1);
  let at = 0;
  for (const match of text.matchAll(escapes)) {
    add(text.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[2] === 'm') look = changed(look, match[1] ?? '');
  }
  add(text.slice(at));
  return { stretches, look };
}

/** The look that each line begins with: that at the end of the line before. */
export function looksBefore(lines: readonly string[]): Look[] {
  let look = plain;
  return lines.map((line) => {
    const before = look;
    if (line.includes('\u001b')) look = styled(line, look).look;
    return before;
  });
}

/** A line without its escape sequences. */
export const bare = (line: string): string =>
  styled(line)
    .stretches.map((stretch) => stretch.text)
    .join('');

function changed(look: Look, codes: string): Look {
  let next = look;
  const numbers = codes.split(';').map(Number);
  for (let i = 0; i < numbers.length; i++) {
    const code = numbers[i] ?? 0;
    if (code === 0) next = plain;
    else if (code === 1) next = { ...next, bold: true };
    else if (code === 2) next = { ...next, dim: true };
    else if (code === 3) next = { ...next, italic: true };
    else if (code === 4) next = { ...next, underline: true };
    else if (code === 22) next = { ...next, bold: false, dim: false };
    else if (code === 23) next = { ...next, italic: false };
    else if (code === 24) next = { ...next, underline: false };
    else if (code >= 30 && code <= 37) next = { ...next, color: colors[code - 30] ?? null };
    else if (code >= 90 && code <= 97) next = { ...next, color: colors[code - 90] ?? null };
    else if (code === 39) next = { ...next, color: null };
    // Colours by number have arguments of their own: 5;n or 2;r;g;b.
    else if (code === 38 || code === 48) i += numbers[i + 1] === 5 ? 2 : 4;
  }
  return next;
}

const looksOf = (look: Look): string[] => [
  ...(look.color ? [look.color] : []),
  ...(['bold', 'dim', 'italic', 'underline'] as const).filter((name) => look[name]),
];
