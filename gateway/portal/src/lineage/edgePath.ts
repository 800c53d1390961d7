/** Where an edge has its words: where it begins alone, where it ends alone, or on the way. */
export type WordsAt = 'start' | 'end' | 'between';

/** Edges that part have their words at their ends, edges that meet at their beginnings, so that words do not lie upon each other. */
export function wordsAt(edge: { from: string; to: string }, edges: readonly { from: string; to: string }[]): WordsAt {
  if (edges.filter((other) => other.to === edge.to).length === 1) return 'end';
  return edges.filter((other) => other.from === edge.from).length === 1 ? 'start' : 'between';
}

export interface Ends {
  sourceX: number;
  sourceY: number;
  targetX: number;
  targetY: number;
}

const bend = 64;
const room = 48;

/** The line of an edge, and the place of its words. It leaves and arrives level, and does its way up or down where the words are not. */
export function edgePath(
  { sourceX: a, sourceY: b, targetX: x, targetY: y }: Ends,
  at: WordsAt,
): { path: string; labelX: number; labelY: number } {
  if (x < a + bend) {
    // Back: round in a wide curve.
    const out = 80 + Math.abs(y - b) / 4;
    return { path: `M${a} ${b}C${a + out} ${b} ${x - out} ${y} ${x} ${y}`, labelX: (a + x) / 2, labelY: (b + y) / 2 };
  }
  if (at === 'end') {
    const turn = a + bend;
    return { path: `M${a} ${b}C${a + bend * 0.7} ${b} ${a + bend * 0.3} ${y} ${turn} ${y}L${x} ${y}`, labelX: x - room, labelY: y };
  }
  if (at === 'start') {
    const turn = x - bend;
    return { path: `M${a} ${b}L${turn} ${b}C${x - bend * 0.3} ${b} ${x - bend * 0.7} ${y} ${x} ${y}`, labelX: a + room, labelY: b };
  }
  const half = (a + x) / 2;
  // A third of the way along the curve.
  return { path: `M${a} ${b}C${half} ${b} ${half} ${y} ${x} ${y}`, labelX: a + (x - a) * 0.38, labelY: b + (y - b) * 0.28 };
}
