// Dark, light, or as the system says. A link may carry a theme; without one the last choice made here counts.
import { THEMES, type Theme } from '../lib/view';

const KEY = 'weft.theme';

/** The storage of this browser, or null where a person has switched it off (reading it throws there). */
function storage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

export function storedTheme(): Theme {
  const stored = storage()?.getItem(KEY);
  return THEMES.find((theme) => theme === stored) ?? 'system';
}

export function storeTheme(theme: Theme): void {
  storage()?.setItem(KEY, theme);
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
