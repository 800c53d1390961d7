import type { BuiltIn } from './queries';

/** What the address of the hub holds. */
export interface HubSearch {
  tab?: 'hubs' | 'imports';
  text?: string;
  category?: string;
  from?: string;
}

/** What the address of an item holds; without a hub it is Mesh's own. */
export interface ItemSearch {
  hub?: string;
  name: string;
  version?: string;
  /** The version that the shown one is compared with. */
  against?: string;
}

const text = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Reads the address of the hub. */
export const readHubSearch = (search: Record<string, unknown>): HubSearch => ({
  ...(search.tab === 'hubs' || search.tab === 'imports' ? { tab: search.tab } : {}),
  ...(text(search.text) ? { text: search.text } : {}),
  ...(text(search.category) ? { category: search.category } : {}),
  ...(text(search.from) ? { from: search.from } : {}),
});

/** Reads the address of an item. */
export const readItemSearch = (search: Record<string, unknown>): ItemSearch => ({
  name: text(search.name) ? search.name : '',
  ...(text(search.hub) ? { hub: search.hub } : {}),
  ...(text(search.version) ? { version: search.version } : {}),
  ...(text(search.against) ? { against: search.against } : {}),
});

/** An item of any hub, as the list shows it. */
export interface Listed {
  /** Null: Mesh's own. */
  hub: string | null;
  name: string;
  version: string | null;
  description: string;
  categories: string[];
}

/** An item of the built-in hub as the list shows it. */
export const listed = (item: BuiltIn): Listed => ({
  hub: null,
  name: item.name,
  version: item.version ?? null,
  description: item.description,
  categories: item.categories ?? [],
});

/** How the built-in hub is called where hubs are chosen. */
export const ownHub = 'built-in';

/** The items that fit: by text in name or description, by category, by hub. */
export function fitting(items: readonly Listed[], { text: wanted, category, from }: HubSearch): Listed[] {
  const words = (wanted ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  return items.filter(
    (item) =>
      words.every((word) => `${item.name} ${item.description}`.toLowerCase().includes(word)) &&
      (!category || item.categories.includes(category)) &&
      (!from || (item.hub ?? ownHub) === from),
  );
}
