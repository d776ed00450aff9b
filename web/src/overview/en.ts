// The sentences of the overview, in English.
import type { Breaker } from '../live/frames';
import type { Range, Show, Sort } from '../lib/view';
import { en as shell } from '../text/en';

function services(count: number): string {
  return `${count} ${count === 1 ? 'service' : 'services'}`;
}

const breaker: Record<Breaker, string> = {
  closed: 'breaker closed',
  open: 'breaker open',
  half_open: 'breaker half open',
};
const sort: Record<Sort, string> = {
  worst: 'Worst first',
  name: 'By name',
  rate: 'Most requests',
  errors: 'Most errors',
  latency: 'Slowest',
};
const range: Record<Range, string> = { '1m': '1 min', '2m': '2 min', '5m': '5 min' };
const show: Record<Show, string> = { charts: 'Charts', table: 'Table' };

export const en = {
  status: shell.status,
  verdict: {
    loading: 'Waiting for the node.',
    unreachable: 'The node does not answer.',
    unreachableHint: 'This page keeps trying. On its machine, “weft status” says whether it runs.',
    empty: 'No services yet.',
    emptyHint: 'Register the first one: it appears here within a second, with its health and its traffic.',
    healthyOne: 'The one service is healthy.',
    healthyAll: (total: number) => `All ${services(total)} are healthy.`,
    attention: (count: number, total: number) =>
      `${count} of ${services(total)} ${count === 1 ? 'needs' : 'need'} attention.`,
    more: (count: number) => `and ${count} more`,
    failing: (total: number, percent: string) =>
      `${total === 1 ? 'The one service is' : `All ${services(total)} are`} healthy, but ${percent} of requests fail.`,
    unchecked: (count: number, total: number) =>
      `${count} of ${services(total)} ${count === 1 ? 'has' : 'have'} no check result yet.`,
    uncheckedHint: 'The first result arrives within one check interval.',
  },
  empty: {
    register: 'Register what listens on port 8080',
    demo: 'Or watch a sample fleet at work',
    copy: 'Copy',
    copied: 'Copied',
    copyOf: (command: string) => `Copy: ${command}`,
  },
  totals: {
    title: 'Totals',
    services: 'Services',
    instances: 'Instances',
    requests: 'Requests',
    errors: 'Errors',
    latency: 'Latency p95',
    none: 'none registered',
    allHealthy: 'all healthy',
    someHealthy: (healthy: number) => `${healthy} healthy`,
    window: 'mean of the last 10 s',
    errorWindow: 'of requests, last 10 s',
    percentiles: (p50: string, p99: string) => `p50 ${p50}, p99 ${p99}`,
  },
  charts: {
    title: 'Traffic',
    range,
    rangeLabel: 'Range',
    show,
    showLabel: 'Show as',
    requests: 'Requests',
    requestsUnit: 'per second',
    errors: 'Failed requests',
    errorsUnit: '%',
    latency: 'Latency',
    latencyUnit: 'ms',
    table: 'Traffic as a table',
    time: 'Time',
    zone: (zone: string) => `whole mesh, local time (${zone})`,
    noValues: 'No requests in this range',
    summary: (title: string, newest: string) => `${title}: ${newest}. The table shows every value.`,
  },
  services: {
    title: 'Services',
    filter: 'Filter services',
    filterHint: 'Name, tag …',
    sort,
    sortLabel: 'Sort',
    status: 'Status',
    shown: (shown: number, total: number) =>
      shown === total ? services(total) : `${shown} of ${services(total)}`,
    none: 'No service matches this filter.',
    clear: 'Clear the filter',
    more: (count: number) => `Show ${count} more`,
    held: 'order held while you are in the list',
  },
  card: {
    requests: 'Requests',
    errors: 'Errors',
    latency: 'p95',
    response: 'Check',
    instances: (healthy: number, total: number) => `${healthy} of ${total} healthy`,
    noInstances: 'no instances',
    checked: (span: string) => `checked ${span} ago`,
    unchecked: 'not checked yet',
    beats: (passed: number, partly: number, failed: number) =>
      passed + partly + failed === 0
        ? 'No check results yet'
        : `Last ${passed + partly + failed} checks: ${passed} passed, ${partly} partly, ${failed} failed`,
    breaker,
    drained: (reason: string) => (reason === '' ? 'drained' : `drained: ${reason}`),
    docs: 'docs',
    docsOf: (address: string) => `docs of ${address}`,
    health: 'health',
    healthOf: (address: string) => `health of ${address}`,
    more: (count: number) => `${count} more`,
  },
  notice: {
    lost: (span: string) => `Not connected to the node. Everything below is ${span} old.`,
    problem: (name: string, value: string) =>
      `“${value}” is not a ${name} this page knows; the default is shown instead.`,
    complaint: (message: string) => `The node refused a request of this page: ${message}`,
  },
};

export type Messages = typeof en;
