/** A thing as an address names it: `mesh://project/kind/key@version` or `…#tag`. */
export interface Thing {
  project: string;
  kind: string;
  key: string;
  version?: string;
  tag?: string;
}

/** Reads an address; null where it is none. */
export function readAddress(uri: string): Thing | null {
  const match = /^mesh:\/\/([^/]+)\/([^/]+)\/(.+)$/.exec(uri);
  return match ? pointed(match[1] as string, match[2] as string, match[3] as string) : null;
}

/** Reads what the portal's addresses hold, such as `dataset:iris@3`: kind and key, not encoded. */
export function readOf(project: string, of: string): Thing | null {
  const match = /^([a-z][a-z0-9-]*):(.+)$/.exec(of);
  if (!match) return null;
  return pointed(project, match[1] as string, match[2] as string, (text) => text);
}

/** What `readOf` reads. */
export const writeOf = ({ kind, key, version, tag }: Omit<Thing, 'project'>): string =>
  `${kind}:${key}${version === undefined ? '' : `@${version}`}${tag === undefined ? '' : `#${tag}`}`;

/** The whole address of a thing. */
export const writeAddress = ({ project, kind, key, version, tag }: Thing): string =>
  `mesh://${project}/${kind}/${encoded(key)}${version === undefined ? '' : `@${encoded(version)}`}${tag === undefined ? '' : `#${encoded(tag)}`}`;

/** A screen and what its address holds. */
interface Screen {
  to: string;
  params: Record<string, string>;
  search?: { version: number };
}

/** The screen that shows a thing; null where there is none. */
export function screenOf({ project, kind, key, version, tag }: Thing): Screen | null {
  const atVersion = /^[1-9]\d*$/.test(version ?? '') ? { search: { version: Number(version) } } : {};
  switch (kind) {
    case 'run':
      return { to: '/p/$project/runs/$run', params: { project, run: key } };
    case 'registered-model':
      return version === undefined || tag !== undefined
        ? { to: '/p/$project/models/$model', params: { project, model: key } }
        : { to: '/p/$project/models/$model/$version', params: { project, model: key, version } };
    case 'endpoint':
    case 'window':
      return { to: '/p/$project/endpoints/$endpoint', params: { project, endpoint: key } };
    case 'function':
      return { to: '/p/$project/functions/$function', params: { project, function: key }, ...atVersion };
    case 'alert':
    case 'external':
      return null;
    case 'dataset':
      return { to: '/p/$project/datasets/$key', params: { project, key }, ...atVersion };
    default:
      return { to: '/p/$project/artifacts/$key', params: { project, key }, ...atVersion };
  }
}

// The last @ or # parts the key from what points to a version of it: a key has neither.
function pointed(project: string, kind: string, text: string, decode = decoded): Thing {
  const mark = Math.max(text.lastIndexOf('@'), text.lastIndexOf('#'));
  if (mark < 1) return { project, kind, key: decode(text) };
  const pointer = decode(text.slice(mark + 1));
  return { project, kind, key: decode(text.slice(0, mark)), ...(text[mark] === '@' ? { version: pointer } : { tag: pointer }) };
}

const encoded = (text: string): string => encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%3A', ':');

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
