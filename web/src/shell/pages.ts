// The pages that exist. The rail shows exactly these, and each is loaded when it is first visited.
import type { Component } from 'svelte';

import { t } from '../text';
import type { IconName } from './icons';

export interface Page {
  path: string;
  title: string;
  icon: IconName;
  load: () => Promise<{ default: Component }>;
}

export const PAGES: readonly Page[] = [
  { path: '/', title: t.pages.overview, icon: 'overview', load: () => import('../overview/OverviewPage.svelte') },
];

export function pageAt(path: string): Page | undefined {
  return PAGES.find((page) => page.path === path);
}
