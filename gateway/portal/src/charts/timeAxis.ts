const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const clockSeconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const month = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric' });
const whole = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** Marks of a time axis, in seconds since 1970: the time of day, and the date where a day begins. */
export function timeTicks(ticks: readonly number[], step: number): string[] {
  let before = '';
  return ticks.map((tick) => {
    const at = tick * 1000;
    if (step >= 28 * 86_400) return month.format(at);
    if (step >= 86_400) return day.format(at);
    const date = day.format(at);
    const begins = before !== '' && before !== date;
    before = date;
    return begins ? date : (step < 60 ? clockSeconds : clock).format(at);
  });
}

/** A moment of a time axis in full. */
export const moment = (seconds: number): string => whole.format(seconds * 1000);
