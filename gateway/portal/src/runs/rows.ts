import type { InfiniteData } from '@tanstack/react-query';
import type { Schema } from '../api/client';
import type { Page } from '../api/paging';

export type Run = Schema<'RunInfo'>;
export type Rows = InfiniteData<Page<Run>, string | undefined>;

/** Pages with some runs as they are now. Pages and rows without a change stay the same objects, so that little renders again. */
export function withChanged(rows: Rows, changed: ReadonlyMap<string, Run>): Rows {
  let any = false;
  const pages = rows.pages.map((page) => {
    if (!page.items.some((run) => isNews(run, changed.get(run.id)))) return page;
    any = true;
    return { ...page, items: page.items.map((run) => (isNews(run, changed.get(run.id)) ? (changed.get(run.id) as Run) : run)) };
  });
  return any ? { ...rows, pages } : rows;
}

// News may overtake each other: an older version of the stream is none.
const isNews = (known: Run, news: Run | undefined): boolean => news !== undefined && news.version >= known.version;

/** Pages without some runs. */
export function without(rows: Rows, gone: ReadonlySet<string>): Rows {
  if (!rows.pages.some((page) => page.items.some((run) => gone.has(run.id)))) return rows;
  return { ...rows, pages: rows.pages.map((page) => ({ ...page, items: page.items.filter((run) => !gone.has(run.id)) })) };
}

const mostBefore = 1000;

/**
 * Pages with the beginning of the list as it is now: what is new stands first. The first page keeps its cursor, which goes on behind the row that it ended with, however
 * many rows are before it. Where nobody has scrolled beyond it and it has grown long, it begins anew, so that a table that is left open does not grow for ever.
 */
export function withNewest(rows: Rows, first: Page<Run>): Rows {
  const [page, ...rest] = rows.pages;
  if (!page) return rows;
  if (rest.length === 0 && page.items.length > mostBefore) return { ...rows, pages: [first] };
  const known = new Map(page.items.map((run) => [run.id, run]));
  const items = newestOf(page, first, rest).map((run) => {
    const before = known.get(run.id);
    return before && before.version === run.version && sameMetrics(before, run) ? before : run;
  });
  if (items.length === page.items.length && items.every((run, i) => run === page.items[i])) return rows;
  return { ...rows, pages: [{ ...page, items }, ...rest] };
}

function newestOf(page: Page<Run>, first: Page<Run>, rest: readonly Page<Run>[]): Run[] {
  // The list fits into one answer: that is all of it.
  if (!page.next && !first.next) return first.items;
  // The row that the page ended with is in the answer: what is up to it is the page now, what is missing there no longer fits the question.
  const last = page.items.at(-1)?.id;
  const end = first.items.findIndex((run) => run.id === last);
  if (end >= 0) return first.items.slice(0, end + 1);
  // So much is new that the answer ends before: nobody knows of the rows behind it, they stay.
  const newest = new Set(first.items.map((run) => run.id));
  const later = new Set(rest.flatMap((other) => other.items.map((run) => run.id)));
  return [...first.items.filter((run) => !later.has(run.id)), ...page.items.filter((run) => !newest.has(run.id))];
}

function sameMetrics(a: Run, b: Run): boolean {
  const names = Object.keys(b.metrics);
  return (
    names.length === Object.keys(a.metrics).length &&
    names.every((name) => a.metrics[name]?.count === b.metrics[name]?.count && a.metrics[name]?.last === b.metrics[name]?.last)
  );
}
