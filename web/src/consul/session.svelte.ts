// Where somebody is and who they are. The token lives as long as the tab and is in no address.
import { parsePlace, type Place } from './place';

const KEY = 'weft.consul.token';

function storage(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

class PageSession {
  place = $state.raw<Place>(parsePlace(window.location.hash));
  token = $state(storage()?.getItem(KEY) ?? '');

  constructor() {
    window.addEventListener('hashchange', () => (this.place = parsePlace(window.location.hash)));
  }

  useToken(token: string): void {
    this.token = token;
    if (token === '') storage()?.removeItem(KEY);
    else storage()?.setItem(KEY, token);
  }
}

export const session = new PageSession();
