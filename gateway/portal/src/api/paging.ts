import type { InfiniteData } from '@tanstack/react-query';

/** A page of any list of the API. */
export interface Page<Item> {
  items: Item[];
  next?: string | null;
}

/**
 * What an infinite query over a list needs beside its key.
 *
 * `useInfiniteQuery({ queryKey: keys.models(project), ...byCursor((cursor, signal) => answer(api.GET(…))) })`
 */
export function byCursor<Item>(read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>) {
  return {
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }: { pageParam: string | undefined; signal: AbortSignal }) => read(pageParam, signal),
    getNextPageParam: (last: Page<Item>) => last.next ?? undefined,
  };
}

/** All rows that an infinite query has so far. */
export const rowsOf = <Item>(data: InfiniteData<Page<Item>, unknown> | undefined): Item[] =>
  data?.pages.flatMap((page) => page.items) ?? [];

/** A whole list, page after page, up to a limit. For lists that are short by nature. */
export async function all<Item>(read: (cursor: string | undefined) => Promise<Page<Item>>, most = 1000): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor && items.length < most);
  return items;
}
