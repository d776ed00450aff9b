// Where on the page somebody is, as the part of the address after '#': a link to a view is a link to the view.
export const VIEWS = ['services', 'nodes', 'checks', 'kv', 'sessions'] as const;
export type View = (typeof VIEWS)[number];

export interface Place {
  view: View;
  /** A service, a node, a key, or a prefix of keys that ends with '/'; empty: the list. */
  name: string;
}

/** What cannot be read is the first view. */
export function parsePlace(hash: string): Place {
  const [view = '', ...rest] = hash.replace(/^#\/?/, '').split('/');
  const known = VIEWS.find((one) => one === view);
  try {
    return { view: known ?? 'services', name: known ? rest.map(decodeURIComponent).join('/') : '' };
  } catch {
    return { view: known ?? 'services', name: '' };
  }
}

export function hrefOf(view: View, name = ''): string {
  return `#/${view}${name === '' ? '' : `/${encodePath(name)}`}`;
}

/** A name in a path of the API: slashes part it, everything else is escaped. */
export function encodePath(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}

/** The folders above a key or a prefix, each with its own slash: `a/b/c` is below `a/` and `a/b/`. */
export function foldersAbove(name: string): string[] {
  const parts = name.split('/').slice(0, -1);
  return parts.map((_, i) => `${parts.slice(0, i + 1).join('/')}/`);
}
