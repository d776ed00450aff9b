// Paths to pages. Addresses are real links everywhere: a plain click on one of our own stays in the page, every
// other click is the browser's. Typing replaces history, choosing pushes it.

export interface Location {
  /** Below the base, with a leading slash. */
  path: string;
  /** With its question mark, or empty. */
  search: string;
  hash: string;
}

export class Router {
  constructor(
    private readonly base: URL,
    private readonly changed: (location: Location) => void,
  ) {}

  /** Follows clicks and the back button. Returns the way to stop. */
  start(): () => void {
    const popped = () => this.changed(this.location());
    const clicked = (event: MouseEvent) => this.follow(event);
    window.addEventListener('popstate', popped);
    document.addEventListener('click', clicked);
    return () => {
      window.removeEventListener('popstate', popped);
      document.removeEventListener('click', clicked);
    };
  }

  location(): Location {
    const { pathname, search, hash } = window.location;
    return { path: `/${pathname.slice(this.base.pathname.length)}`, search, hash };
  }

  /** The full address of a path of ours, for href. */
  href(path: string): string {
    return new URL(path.replace(/^\//, ''), this.base).href;
  }

  go(href: string, history: 'push' | 'replace' = 'push'): void {
    if (history === 'push') window.history.pushState(null, '', href);
    else window.history.replaceState(null, '', href);
    this.changed(this.location());
  }

  private follow(event: MouseEvent): void {
    const modified = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || modified || event.button !== 0 || event.defaultPrevented) return;
    if (link.target !== '' || link.hasAttribute('download')) return;
    if (!link.href.startsWith(this.base.href)) return;
    event.preventDefault();
    this.go(link.href);
  }
}
