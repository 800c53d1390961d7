/** An axis of parallel coordinates or of a scatter plot. */
export interface Axis {
  id: string;
  label: string;
  /** Places of the runs along it, 0 at the bottom to 1 at the top; null where a run has no value. */
  places: readonly (number | null)[];
  /** What stands at places of it. */
  ticks: readonly { at: number; text: string }[];
  /** Whether it lies along numbers; else it has a place for each text. */
  numeric: boolean;
}

/** An axis for values: along the numbers where all are numbers, else a place for each text. Along a logarithmic one what is not above 0 has no place. */
export function axisOf(
  id: string,
  label: string,
  values: readonly (string | number | null | undefined)[],
  write: (value: number) => string,
  log = false,
): Axis {
  const numbers = values.map((value) => (value === null || value === undefined || value === '' ? null : Number(value)));
  const known = values.filter((value) => value !== null && value !== undefined && value !== '');
  if (known.length > 0 && numbers.every((number, i) => number === null || (Number.isFinite(number) && values[i] !== ''))) {
    const along = numbers.map((number) => (number === null || (log && number <= 0) ? null : log ? Math.log10(number) : number));
    const finite = along.filter((number) => number !== null);
    const [low, high] = [Math.min(...finite), Math.max(...finite)];
    const place = (number: number) => (high === low ? 0.5 : (number - low) / (high - low));
    const back = (number: number) => write(log ? 10 ** number : number);
    return {
      id,
      label,
      places: along.map((number) => (number === null ? null : place(number))),
      ticks: ticksOf(finite).map((number) => ({ at: place(number), text: back(number) })),
      numeric: true,
    };
  }

  const texts = [...new Set(known.map(String))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const place = (text: string) => (texts.length === 1 ? 0.5 : texts.indexOf(text) / (texts.length - 1));
  return {
    id,
    label,
    places: values.map((value) => (value === null || value === undefined || value === '' ? null : place(String(value)))),
    ticks: texts.length > 12 ? [] : texts.map((text) => ({ at: place(text), text })),
    numeric: false,
  };
}

const fewValues = 6;
const apart = 0.07;

/** Where numbers stand along an axis: at the values where they are few, else at both ends and in the middle; never upon each other. */
function ticksOf(numbers: readonly number[]): number[] {
  const values = [...new Set(numbers)].sort((a, b) => a - b);
  const [low, high] = [values[0], values.at(-1)];
  if (low === undefined || high === undefined || low === high) return low === undefined ? [] : [low];
  if (values.length > fewValues) return [low, (low + high) / 2, high];
  const ticks: number[] = [];
  for (const value of values) {
    const last = ticks.at(-1);
    const near = (a: number, b: number) => Math.abs(a - b) < apart * (high - low);
    if (last === undefined || value === high || !(near(value, last) || near(value, high))) ticks.push(value);
  }
  return ticks;
}

/** Whether a run lies within all ranges that were chosen. */
export const isWithin = (axes: readonly Axis[], ranges: ReadonlyMap<string, readonly [number, number]>, run: number): boolean =>
  axes.every(({ id, places }) => {
    const range = ranges.get(id);
    if (!range) return true;
    const place = places[run];
    return place !== null && place !== undefined && place >= range[0] && place <= range[1];
  });
