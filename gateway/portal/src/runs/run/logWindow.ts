/** A stretch of a log: whole lines, or the beginning of one that goes on. */
export interface LogWindow {
  /** The byte of the log at which it begins. */
  from: number;
  /** The byte behind it. */
  to: number;
  lines: string[];
  /** Whether the last line is still being written. */
  open: boolean;
}

export const emptyWindow: LogWindow = { from: 0, to: 0, lines: [], open: false };

const most = 50_000;

/** A window with what comes behind it. What lies too far back is dropped: it can be read again. */
export function extended(window: LogWindow, text: string, to: number): LogWindow {
  if (text === '') return { ...window, to };
  const parts = text.split('\n');
  const lines = window.open
    ? [...window.lines.slice(0, -1), `${window.lines.at(-1) ?? ''}${parts[0] ?? ''}`, ...parts.slice(1)]
    : [...window.lines, ...parts];
  const open = !text.endsWith('\n');
  if (!open) lines.pop();
  const gone = Math.max(0, lines.length - most);
  const from = gone === 0 ? window.from : window.from + sizeOf(lines.slice(0, gone));
  return { from, to, lines: gone === 0 ? lines : lines.slice(gone), open };
}

/** A window with what comes before it, which ends where the window begins. */
export function preceded(window: LogWindow, text: string, from: number): LogWindow {
  const parts = text.split('\n');
  const joint = parts.pop() ?? '';
  const [first = '', ...rest] = window.lines;
  return { ...window, from, lines: joint === '' && window.lines.length === 0 ? parts : [...parts, `${joint}${first}`, ...rest] };
}

const encoder = new TextEncoder();
const sizeOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + encoder.encode(line).length + 1, 0);
