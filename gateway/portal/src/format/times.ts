const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** How long something took: `340 ms`, `12.3 s`, `4 min 5 s`, `2 h 13 min`, `3 d 4 h`. */
export function duration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < second) return `${Math.round(ms)} ms`;
  if (ms < 59.95 * second) return `${(ms / second).toFixed(1).replace(/\.0$/, '')} s`;
  if (ms < hour) return pair(ms, minute, 'min', second, 's');
  if (ms < day) return pair(ms, hour, 'h', minute, 'min');
  return pair(ms, day, 'd', hour, 'h');
}

function pair(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const smalls = Math.round(ms / small);
  const per = large / small;
  const rest = smalls % per;
  return `${Math.floor(smalls / per)} ${largeUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`;
}

/** The time between two moments; up to now when there is no end. Null without a start. */
export function took(start: string | null | undefined, end: string | null | undefined, now: number): string | null {
  if (!start) return null;
  return duration((end ? Date.parse(end) : now) - Date.parse(start));
}

/** How long ago, or in how long: `just now`, `5 min ago`, `in 3 h`. From a month on, the date. */
export function relative(time: string | number, now: number): string {
  const at = typeof time === 'number' ? time : Date.parse(time);
  const ago = now - at;
  const size = Math.abs(ago);
  if (size < 10 * second) return 'just now';
  if (size >= 30 * day) return date(at);
  const text =
    size < minute
      ? `${Math.floor(size / second)} s`
      : size < hour
        ? `${Math.floor(size / minute)} min`
        : size < day
          ? `${Math.floor(size / hour)} h`
          : `${Math.floor(size / day)} d`;
  return ago >= 0 ? `${text} ago` : `in ${text}`;
}

const dates = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const exacts = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
const clocks = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** The date: `3 Mar 2026`. */
export const date = (time: string | number): string => dates.format(typeof time === 'number' ? time : Date.parse(time));

/** The moment in full, in the time zone of the reader. */
export const exact = (time: string | number): string => exacts.format(typeof time === 'number' ? time : Date.parse(time));

/** The time of day to the second. */
export const clock = (time: string | number): string => clocks.format(typeof time === 'number' ? time : Date.parse(time));
