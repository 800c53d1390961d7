const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A whole number with separators: `12,345`. */
export const count = (value: number): string => grouped.format(value);

/** A whole number with its noun: `1 run`, `3 runs`. */
export const counted = (value: number, noun: string, nouns = `${noun}s`): string => `${count(value)} ${value === 1 ? noun : nouns}`;

/** A measured number with four sensible digits: `0.9479`, `0.5`, `1.234e-7`, `12,346`. */
export const measure = (value: number, digits = 4): string => written(value, digits, (text) => text.replace(/\.?0+$/, ''));

/** The same with all its digits (`0.5000`), so that numbers of a column stand under each other. */
export const measureInColumn = (value: number, digits = 4): string => written(value, digits, (text) => text);

function written(value: number, digits: number, trim: (text: string) => string): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e9)
    return minus(
      value
        .toExponential(digits - 1)
        .replace(/\.?0+e/, 'e')
        .replace('e+', 'e'),
    );
  if (Number.isInteger(value)) return minus(grouped.format(value));
  if (size >= 10 ** digits) return minus(grouped.format(value));
  const rounded = value.toPrecision(digits);
  return minus(rounded.includes('.') ? trim(rounded) : rounded);
}

const minus = (text: string): string => text.replace(/^-/, '−').replace('e-', 'e−');

/** A share: `0.123` is `12.3 %`. */
export function percent(share: number): string {
  const value = share * 100;
  return `${measure(value, 3)} %`;
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** A size in bytes with a unit of powers of 1,000. */
export function bytes(size: number): string {
  const power = size < 1000 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), byteUnits.length - 1);
  const scaled = size / 1000 ** power;
  const text = power === 0 ? String(scaled) : scaled >= 100 ? scaled.toFixed(0) : scaled.toFixed(1).replace(/\.0$/, '');
  return `${text} ${byteUnits[power]}`;
}
