import { duration } from '../format/times';

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const numberOf = (text: string) => (/^\d+$/.test(text) ? Number(text) : null);
const two = (value: number) => String(value).padStart(2, '0');

function dayOf(text: string): string | null {
  if (text === '1-5') return 'on weekdays';
  const names = text.split(',').map((part) => {
    const day = numberOf(part);
    return day === null ? null : (weekdays[day % 7] ?? null);
  });
  return names.includes(null) ? null : `on ${names.join(', ')}`;
}

/** A cron expression of five fields, or six with seconds, in words; null for one that is out of form or has no short ones. */
export function cronText(cron: string): string | null {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) return null;
  const [second, minute, hour, day, month, weekday] = (fields.length === 6 ? fields : ['0', ...fields]) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const seconds = numberOf(second);
  const tail = seconds ? `, ${seconds} s in` : '';
  const everyDay = day === '*' && month === '*' && weekday === '*';
  const step = (text: string) => numberOf(/^(?:\*|0)\/(\d+)$/.exec(text)?.[1] ?? '');

  if (everyDay && hour === '*' && minute === '*') {
    if (second === '*') return 'every second';
    const each = step(second);
    if (each) return `every ${each} s`;
    return seconds === null ? null : `every minute${tail}`;
  }
  if (seconds === null) return null;
  if (everyDay && hour === '*' && step(minute)) return `every ${step(minute)} min${tail}`;
  const minutes = numberOf(minute);
  if (minutes === null) return null;
  if (everyDay && hour === '*') return `every hour at :${two(minutes)}${tail}`;
  if (everyDay && step(hour)) return `every ${step(hour)} h at :${two(minutes)}${tail}`;
  const hours = numberOf(hour);
  if (hours === null) return null;
  const time = `at ${two(hours)}:${two(minutes)}${seconds ? `:${two(seconds)}` : ''}`;
  if (everyDay) return `every day ${time}`;
  if (day === '*' && month === '*') {
    const days = dayOf(weekday);
    return days && `${days} ${time}`;
  }
  const dayOfMonth = numberOf(day);
  return dayOfMonth !== null && month === '*' && weekday === '*' ? `on day ${dayOfMonth} of the month ${time}` : null;
}

/** What is wrong with the form of a cron expression; whether its values are right, the mesh says. */
export function cronFault(cron: string): string | null {
  const count = cron.trim().split(/\s+/).filter(Boolean).length;
  if (count === 0) return 'This is needed.';
  return count === 5 || count === 6
    ? null
    : `This has ${count} ${count === 1 ? 'field' : 'fields'}; five are needed, or six with seconds first.`;
}

/** When a schedule is due, in words. */
export function whenText({ cron, everySeconds, timeZone }: { cron: string | null; everySeconds: number | null; timeZone: string }): string {
  if (everySeconds) return `every ${duration(everySeconds * 1000)}`;
  const zone = timeZone === 'UTC' ? ' UTC' : ` ${timeZone}`;
  return cron ? (cronText(cron) ?? cron) + zone : '';
}
