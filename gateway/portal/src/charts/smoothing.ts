/**
 * Exponential smoothing with its start put right, as TensorBoard and others do it: 0 leaves the values alone, 0.99 smooths most. Missing values stay missing and move
 * nothing.
 */
export function smoothed(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) return [...values];
  let last = 0;
  let seen = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return value;
    last = last * weight + (1 - weight) * value;
    seen++;
    return last / (1 - weight ** seen);
  });
}
