/** How often numbers lie between two edges: one edge more than counts. */
export interface Bins {
  edges: readonly number[];
  counts: readonly number[];
}

/** A bar between two values; `height` is a share of the highest of all. */
export interface Bar {
  from: number;
  to: number;
  height: number;
  count: number;
}

/** Histograms over one stretch of values. */
export interface Histograms {
  from: number;
  to: number;
  bars: Bar[][];
}

/**
 * Histograms drawn over each other. The area of a bar is its share of the numbers of its histogram, so that those with other bins or more numbers can be compared.
 */
export function histograms(all: readonly Bins[]): Histograms {
  const edges = all.flatMap((bins) => bins.edges);
  let from = Math.min(...edges);
  let to = Math.max(...edges);
  // All numbers are the same: a bar in the middle.
  if (!(to > from)) {
    from -= 0.5;
    to += 0.5;
  }

  const width = to - from;
  const bars = all.map(({ edges, counts }) => {
    const total = counts.reduce((sum, count) => sum + count, 0) || 1;
    return counts.map((count, i): Bar => {
      const low = edges[i] ?? from;
      const high = edges[i + 1] ?? low;
      const isPoint = !(high > low);
      const [left, right] = isPoint ? [low - width * 0.02, low + width * 0.02] : [low, high];
      return { from: left, to: right, height: count / total / ((right - left) / width), count };
    });
  });
  const highest = Math.max(...bars.flat().map((bar) => bar.height)) || 1;
  return { from, to, bars: bars.map((each) => each.map((bar) => ({ ...bar, height: bar.height / highest }))) };
}
