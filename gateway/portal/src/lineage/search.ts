export const directions = ['both', 'up', 'down'] as const;
export type Direction = (typeof directions)[number];

/** How much of the lineage is shown. */
export interface Extent {
  direction: Direction;
  /** Steps from the start. */
  depth: number;
}

export const usual: Extent = { direction: 'both', depth: 5 };
export const depths = [1, 2, 3, 5, 10, 20];

/** What of the extent addresses hold. */
export interface ExtentSearch {
  dir?: Exclude<Direction, 'both'>;
  depth?: number;
}

/** What the address of the lineage holds. */
export interface LineageSearch extends ExtentSearch {
  /** Where it starts, such as `dataset:iris@3`. */
  of?: string;
}

/** Reads the extent of an address; what is out of form is dropped. */
export function readExtent(search: Record<string, unknown>): ExtentSearch {
  const read: ExtentSearch = {};
  if (search.dir === 'up' || search.dir === 'down') read.dir = search.dir;
  const depth = Number(search.depth);
  if (Number.isInteger(depth) && depth >= 1 && depth <= 20 && depth !== usual.depth) read.depth = depth;
  return read;
}

/** Reads the address; what is out of form is dropped. */
export function readLineageSearch(search: Record<string, unknown>): LineageSearch {
  return { ...(typeof search.of === 'string' && search.of !== '' ? { of: search.of } : {}), ...readExtent(search) };
}

/** The extent that an address means. */
export const extentOf = (search: ExtentSearch): Extent => ({
  direction: search.dir ?? usual.direction,
  depth: search.depth ?? usual.depth,
});

/** What the address holds of an extent. */
export const searchOf = ({ direction, depth }: Extent): { dir: ExtentSearch['dir'] | undefined; depth: number | undefined } => ({
  dir: direction === 'both' ? undefined : direction,
  depth: depth === usual.depth ? undefined : depth,
});
