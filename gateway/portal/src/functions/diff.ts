/** A line of a difference, with its numbers before and after; or how many unchanged lines are left out. */
export type DiffLine = { kind: ' ' | '+' | '-'; text: string; before?: number; after?: number } | { kind: 'gap'; left: number };

/** Numbers the lines of a difference, and leaves out what is far from any change. */
export function hunksOf(lines: readonly string[], around = 3): DiffLine[] {
  let before = 0;
  let after = 0;
  const numbered = lines.map((line): Exclude<DiffLine, { kind: 'gap' }> => {
    const kind = line.startsWith('+') ? '+' : line.startsWith('-') ? '-' : ' ';
    if (kind !== '+') before++;
    if (kind !== '-') after++;
    return { kind, text: line.slice(1), ...(kind === '+' ? {} : { before }), ...(kind === '-' ? {} : { after }) };
  });
  const near = numbered.map(() => false);
  numbered.forEach((line, i) => {
    if (line.kind !== ' ') near.fill(true, Math.max(0, i - around), i + around + 1);
  });
  const shown: DiffLine[] = [];
  for (let i = 0; i < numbered.length; i++) {
    const line = numbered[i];
    if (near[i] && line) {
      shown.push(line);
      continue;
    }
    const from = i;
    while (i + 1 < numbered.length && !near[i + 1]) i++;
    shown.push({ kind: 'gap', left: i - from + 1 });
  }
  return shown;
}

/** How many lines came and went. */
export const changesOf = (lines: readonly string[]): { added: number; removed: number } => ({
  added: lines.filter((line) => line.startsWith('+')).length,
  removed: lines.filter((line) => line.startsWith('-')).length,
});
