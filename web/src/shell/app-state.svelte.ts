// The one place where plain modules meet Svelte: where we are, what the node says, what time it is.
import { browserPorts, followPage } from '../live/browser';
import { OverviewFeed, type FeedState } from '../live/feed';
import { decodeView, type Theme } from '../lib/view';
import { Router, type Location } from './router';
import { applyTheme, storeTheme, storedTheme } from './theme';

const TICK_MS = 500;

class AppState {
  location = $state.raw<Location>({ path: '/', search: '', hash: '' });
  feed = $state.raw<FeedState | null>(null);
  /** The clock of the live client, every half second. */
  now = $state.raw(browserPorts.now());
  /** What the person chose on this machine; a theme in the link goes before it. */
  private chosenTheme = $state.raw<Theme>(storedTheme());

  readonly router = new Router(new URL('.', document.baseURI), (location) => {
    this.location = location;
  });
  private readonly overviewFeed = new OverviewFeed(browserPorts, (state) => {
    this.feed = state;
    this.now = browserPorts.now();
  });

  get theme(): Theme {
    return decodeView(this.location.search).view.theme ?? this.chosenTheme;
  }

  /** Runs until the returned function is called. */
  start(): () => void {
    this.location = this.router.location();
    const stopRouter = this.router.start();
    const stopFeed = followPage(this.overviewFeed.client);
    const ticker = setInterval(() => {
      if (!document.hidden) this.now = browserPorts.now();
    }, TICK_MS);
    return () => {
      clearInterval(ticker);
      stopFeed();
      stopRouter();
    };
  }

  setPaused(paused: boolean): void {
    this.overviewFeed.setPaused(paused);
  }

  retryNow(): void {
    this.overviewFeed.client.wake();
  }

  setTheme(theme: Theme): void {
    this.chosenTheme = theme;
    storeTheme(theme);
    applyTheme(theme);
  }
}

export const app = new AppState();
