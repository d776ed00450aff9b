// What the node says on /ws/ui (PROTOCOL.md), turned into values the pages can trust: every number is
// finite or null, every text is a string, every list is a list. Start at parseFrame.

export type Status = 'healthy' | 'degraded' | 'unhealthy' | 'unknown';
export type Breaker = 'closed' | 'open' | 'half_open';

/** A number as measured, or null when it was not. */
export type Measured = number | null;

export interface NodeInfo {
  name: string;
  version: string;
  uptimeSeconds: Measured;
  warnings: string[];
}

export interface Totals {
  services: number;
  healthy: number;
  degraded: number;
  unhealthy: number;
  unknown: number;
  instances: number;
  instancesHealthy: number;
  requestsPerSecond: Measured;
  errorRatio: Measured;
  p50Ms: Measured;
  p95Ms: Measured;
  p99Ms: Measured;
}

export interface Instance {
  id: string;
  address: string;
  status: Status;
  breaker: Breaker | null;
  active: Measured;
  /** Why it was taken out of rotation; null: it was not. */
  drained: string | null;
  lastCheckTime: string | null;
  responseTimeMs: Measured;
  output: string;
}

export interface Service {
  name: string;
  status: Status;
  instancesTotal: number;
  instancesHealthy: number;
  requestsPerSecond: Measured;
  errorRatio: Measured;
  p95Ms: Measured;
  breakersOpen: number;
  lastCheckTime: string | null;
  responseTimeMs: Measured;
  beats: string;
  beatSeconds: Measured;
  instances: Instance[];
  tags: string[];
  version: string;
  description: string;
  icon: string;
}

export interface Point {
  /** Milliseconds since 1970, UTC. */
  timeMs: number;
  requestsPerSecond: Measured;
  errorRatio: Measured;
  p50Ms: Measured;
  p95Ms: Measured;
  p99Ms: Measured;
}

export interface OverviewSnapshot {
  node: NodeInfo;
  totals: Totals;
  services: Service[];
  points: Point[];
}

export interface OverviewDelta {
  node: NodeInfo | null;
  totals: Totals | null;
  changed: Service[];
  removed: string[];
  points: Point[];
}

interface TopicFrame {
  topic: string;
  epoch: string;
  index: number;
  time: string;
  /** As sent; the topic's own reader below gives it a type. */
  data: unknown;
}

export type Frame =
  | ({ op: 'snapshot' } & TopicFrame)
  | ({ op: 'delta'; from: number } & TopicFrame)
  | { op: 'pong' }
  | { op: 'error'; message: string };

type Fields = Record<string, unknown>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function measuredOf(value: unknown): Measured {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function countOf(value: unknown): number {
  return Math.max(0, Math.trunc(measuredOf(value) ?? 0));
}

function statusOf(value: unknown): Status {
  return value === 'healthy' || value === 'degraded' || value === 'unhealthy' ? value : 'unknown';
}

function breakerOf(value: unknown): Breaker | null {
  return value === 'closed' || value === 'open' || value === 'half_open' ? value : null;
}

/** Null when the text is not a frame of the protocol. */
export function parseFrame(text: string): Frame | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return readFrame(value);
}

/** The same for JSON that is already decoded (GET /api/v1/ui/snapshot). */
export function readFrame(value: unknown): Frame | null {
  const fields = fieldsOf(value);
  if (fields.op === 'pong') return { op: 'pong' };
  if (fields.op === 'error') return { op: 'error', message: textOf(fields.message) };
  const index = measuredOf(fields.index);
  if (index === null || typeof fields.topic !== 'string') return null;
  const { topic, data } = fields;
  const frame = { topic, epoch: textOf(fields.epoch), index, time: textOf(fields.time), data };
  if (fields.op === 'snapshot') return { op: 'snapshot', ...frame };
  const from = measuredOf(fields.from);
  return fields.op === 'delta' && from !== null ? { op: 'delta', from, ...frame } : null;
}

function readNode(value: unknown): NodeInfo {
  const node = fieldsOf(value);
  return {
    name: textOf(node.name),
    version: textOf(node.version),
    uptimeSeconds: measuredOf(node.uptime_seconds),
    warnings: listOf(node.warnings).map(textOf).filter(Boolean),
  };
}

function readTotals(value: unknown): Totals {
  const totals = fieldsOf(value);
  return {
    services: countOf(totals.services),
    healthy: countOf(totals.healthy),
    degraded: countOf(totals.degraded),
    unhealthy: countOf(totals.unhealthy),
    unknown: countOf(totals.unknown),
    instances: countOf(totals.instances),
    instancesHealthy: countOf(totals.instances_healthy),
    requestsPerSecond: measuredOf(totals.requests_per_second),
    errorRatio: measuredOf(totals.error_ratio),
    p50Ms: measuredOf(totals.p50_ms),
    p95Ms: measuredOf(totals.p95_ms),
    p99Ms: measuredOf(totals.p99_ms),
  };
}

function readInstance(value: unknown): Instance {
  const instance = fieldsOf(value);
  return {
    id: textOf(instance.id),
    address: textOf(instance.address),
    status: statusOf(instance.status),
    breaker: breakerOf(instance.breaker),
    active: measuredOf(instance.active),
    drained: typeof instance.drained === 'string' ? instance.drained : null,
    lastCheckTime: textOf(instance.last_check_time) || null,
    responseTimeMs: measuredOf(instance.response_time_ms),
    output: textOf(instance.output),
  };
}

/** Instances are told apart by id; one without, or with a second of the same, cannot be drawn. */
function readInstances(value: unknown): Instance[] {
  const byId = new Map(listOf(value).map(readInstance).map((instance) => [instance.id, instance]));
  byId.delete('');
  return [...byId.values()];
}

function readService(value: unknown): Service {
  const service = fieldsOf(value);
  return {
    name: textOf(service.name),
    status: statusOf(service.status),
    instancesTotal: countOf(service.instances_total),
    instancesHealthy: countOf(service.instances_healthy),
    requestsPerSecond: measuredOf(service.requests_per_second),
    errorRatio: measuredOf(service.error_ratio),
    p95Ms: measuredOf(service.p95_ms),
    breakersOpen: countOf(service.breakers_open),
    lastCheckTime: textOf(service.last_check_time) || null,
    responseTimeMs: measuredOf(service.response_time_ms),
    beats: textOf(service.beats).slice(-30).replaceAll(/[^hdu]/g, '-'),
    beatSeconds: measuredOf(service.beat_seconds),
    instances: readInstances(service.instances),
    tags: listOf(service.tags).map(textOf).filter(Boolean),
    version: textOf(service.version),
    description: textOf(service.description),
    icon: textOf(service.icon),
  };
}

function readPoints(value: unknown): Point[] {
  const points: Point[] = [];
  for (const entry of listOf(value)) {
    const point = fieldsOf(entry);
    const timeMs = Date.parse(textOf(point.time));
    if (Number.isNaN(timeMs)) continue;
    points.push({
      timeMs,
      requestsPerSecond: measuredOf(point.requests_per_second),
      errorRatio: measuredOf(point.error_ratio),
      p50Ms: measuredOf(point.p50_ms),
      p95Ms: measuredOf(point.p95_ms),
      p99Ms: measuredOf(point.p99_ms),
    });
  }
  return points;
}

function readServices(value: unknown): Service[] {
  return listOf(value)
    .map(readService)
    .filter((service) => service.name !== '');
}

export function readOverviewSnapshot(value: unknown): OverviewSnapshot {
  const data = fieldsOf(value);
  return {
    node: readNode(data.node),
    totals: readTotals(data.totals),
    services: readServices(data.services),
    points: readPoints(fieldsOf(data.series).points),
  };
}

export function readOverviewDelta(value: unknown): OverviewDelta {
  const data = fieldsOf(value);
  const services = fieldsOf(data.services);
  return {
    node: data.node === undefined || data.node === null ? null : readNode(data.node),
    totals: data.totals === undefined || data.totals === null ? null : readTotals(data.totals),
    changed: readServices(services.changed),
    removed: listOf(services.removed).map(textOf),
    points: readPoints(data.series),
  };
}
