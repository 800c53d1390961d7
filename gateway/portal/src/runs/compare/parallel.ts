/** An axis of parallel coordinates. */
export interface Axis {
  id: string;
  label: string;
  /** Places of the runs along it, 0 at the bottom to 1 at the top; null where a run has no value. */
  places: readonly (number | null)[];
  /** What stands at places of it. */
  ticks: readonly { at: number; text: string }[];
}

/** An axis for values: along the numbers where all are numbers, else a place for each text. */
export function axisOf(
  id: string,
  label: string,
  values: readonly (string | number | null | undefined)[],
  write: (value: number) => string,
): Axis {
  const numbers = values.map((value) => (value === null || value === undefined || value === '' ? null : Number(value)));
  const known = values.filter((value) => value !== null && value !== undefined && value !== '');
  if (known.length > 0 && numbers.every((number, i) => number === null || (Number.isFinite(number) && values[i] !== ''))) {
    const finite = numbers.filter((number) => number !== null);
    const [low, high] = [Math.min(...finite), Math.max(...finite)];
    const place = (number: number) => (high === low ? 0.5 : (number - low) / (high - low));
    return {
      id,
      label,
      places: numbers.map((number) => (number === null ? null : place(number))),
      ticks: high === low ? [{ at: 0.5, text: write(low) }] : [0, 0.5, 1].map((at) => ({ at, text: write(low + at * (high - low)) })),
    };
  }

  const texts = [...new Set(known.map(String))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const place = (text: string) => (texts.length === 1 ? 0.5 : texts.indexOf(text) / (texts.length - 1));
  return {
    id,
    label,
    places: values.map((value) => (value === null || value === undefined || value === '' ? null : place(String(value)))),
    ticks: texts.length > 12 ? [] : texts.map((text) => ({ at: place(text), text })),
  };
}

/** Whether a run lies within all ranges that were chosen. */
export const isWithin = (axes: readonly Axis[], ranges: ReadonlyMap<string, readonly [number, number]>, run: number): boolean =>
  axes.every(({ id, places }) => {
    const range = ranges.get(id);
    if (!range) return true;
    const place = places[run];
    return place !== null && place !== undefined && place >= range[0] && place <= range[1];
  });
