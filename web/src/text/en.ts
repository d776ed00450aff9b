// The sentences of the shell, in English, and the words that every page uses. A page brings its own table beside its
// components; another language is another table of the same type.
import type { Status } from '../live/frames';
import type { Theme } from '../lib/view';

const status: Record<Status, string> = {
  healthy: 'Healthy',
  degraded: 'Degraded',
  unhealthy: 'Unhealthy',
  unknown: 'Unknown',
};
const theme: Record<Theme, string> = { system: 'System', light: 'Light', dark: 'Dark' };

export const en = {
  status,
  theme,
  skip: 'Skip to content',
  rail: 'Pages',
  pages: { overview: 'Overview' },
  notFound: { title: 'No such page', text: 'There is nothing at this address.', home: 'Go to the overview' },
  themeLabel: 'Theme',
  node: { title: 'Node', version: 'Version', up: 'Up' },
  live: {
    label: 'Live data',
    connecting: 'Connecting',
    live: 'Live',
    paused: 'Paused',
    reconnecting: 'Reconnecting',
    reconnectingIn: (seconds: number) => `Reconnecting in ${seconds} s`,
    offline: 'Offline',
    now: 'now',
    old: (span: string) => `${span} old`,
    waiting: (count: number) => `${count} waiting`,
    pause: 'Pause',
    resume: 'Resume',
    retry: 'Try now',
  },
};

export type Messages = typeof en;
