/** A line through points, in the order of x. */
export interface Curve {
  x: readonly number[];
  y: readonly (number | null)[];
}

/** What several curves are together, at places that they share. */
export interface Band {
  x: number[];
  mean: number[];
  low: number[];
  high: number[];
}

/**
 * The mean of curves with what lies around it: the deviation of the sample (n − 1), or all of them. Curves have their points at different places: between its points
 * a curve is the straight line, before its first and behind its last it does not count.
 */
export function bandOf(curves: readonly Curve[], around: 'deviation' | 'range', most = 300): Band {
  const whole = curves.map(withoutGaps).filter((curve) => curve.x.length > 0);
  const band: Band = { x: [], mean: [], low: [], high: [] };
  const at = whole.map(() => 0);
  for (const x of placesOf(whole, most)) {
    const values: number[] = [];
    whole.forEach((curve, i) => {
      const value = valueAt(curve, x, at, i);
      if (value !== null) values.push(value);
    });
    if (values.length === 0) continue;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = values.length < 2 ? 0 : Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
    band.x.push(x);
    band.mean.push(mean);
    band.low.push(around === 'range' ? Math.min(...values) : mean - deviation);
    band.high.push(around === 'range' ? Math.max(...values) : mean + deviation);
  }
  return band;
}

interface Whole {
  x: number[];
  y: number[];
}

function withoutGaps({ x, y }: Curve): Whole {
  const whole: Whole = { x: [], y: [] };
  x.forEach((place, i) => {
    const value = y[i];
    if (value == null) return;
    whole.x.push(place);
    whole.y.push(value);
  });
  return whole;
}

/** The places that the curves have points at, or as many as are asked for from the first to the last. */
function placesOf(curves: readonly Whole[], most: number): number[] {
  const places = [...new Set(curves.flatMap((curve) => curve.x))].sort((a, b) => a - b);
  if (places.length <= most) return places;
  const [first, last] = [places[0] as number, places.at(-1) as number];
  return Array.from({ length: most }, (_, i) => first + ((last - first) * i) / (most - 1));
}

/** The value of a curve at a place; `at` keeps how far each curve was followed, for places come in order. */
function valueAt({ x, y }: Whole, place: number, at: number[], which: number): number | null {
  if (place < (x[0] as number) || place > (x.at(-1) as number)) return null;
  let i = at[which] as number;
  while (i < x.length - 1 && (x[i + 1] as number) <= place) i++;
  at[which] = i;
  const [from, value, to, next] = [x[i] as number, y[i] as number, x[i + 1], y[i + 1]];
  return to === undefined || next === undefined ? value : value + ((next - value) * (place - from)) / (to - from);
}
