// Merges frames of the topic `overview` into one immutable model. What a delta does not mention keeps its
// identity, so a page redraws only what changed.
import {
  readOverviewDelta,
  readOverviewSnapshot,
  type Frame,
  type NodeInfo,
  type Point,
  type Service,
  type Totals,
} from './frames';

export const POINTS_MAX = 300;

export interface Overview {
  /** The node's clock when the newest frame was sent, milliseconds since 1970. */
  timeMs: number;
  node: NodeInfo;
  /** When the node started, on its own clock; null when it did not say. */
  startedMs: number | null;
  totals: Totals;
  /** By name. */
  services: ReadonlyMap<string, Service>;
  /** Oldest first, at most POINTS_MAX. */
  points: readonly Point[];
}

/** Adds `fresh` behind `points`; a point whose time is already there replaces it. */
export function mergePoints(points: readonly Point[], fresh: readonly Point[]): readonly Point[] {
  if (fresh.length === 0) return points;
  const merged = new Map(points.map((point) => [point.timeMs, point]));
  for (const point of fresh) merged.set(point.timeMs, point);
  const sorted = [...merged.values()].sort((a, b) => a.timeMs - b.timeMs);
  return sorted.slice(-POINTS_MAX);
}

function mergeServices(
  services: ReadonlyMap<string, Service>,
  changed: readonly Service[],
  removed: readonly string[],
): ReadonlyMap<string, Service> {
  if (changed.length === 0 && removed.length === 0) return services;
  const merged = new Map(services);
  for (const name of removed) merged.delete(name);
  for (const service of changed) merged.set(service.name, service);
  return merged;
}

function startOf(node: NodeInfo, timeMs: number): number | null {
  return node.uptimeSeconds === null ? null : timeMs - node.uptimeSeconds * 1000;
}

/**
 * The model after `frame`. The caller has checked the chain of indexes (live/client.ts); a delta without a model
 * to apply it to is dropped.
 */
export function mergeOverview(model: Overview | null, frame: Frame): Overview | null {
  if (frame.op === 'snapshot') {
    const timeMs = Date.parse(frame.time);
    const { node, totals, services, points } = readOverviewSnapshot(frame.data);
    return {
      timeMs,
      node,
      startedMs: startOf(node, timeMs),
      totals,
      services: mergeServices(new Map(), services, []),
      points: mergePoints([], points),
    };
  }
  if (frame.op !== 'delta' || model === null) return model;
  const timeMs = Date.parse(frame.time);
  const delta = readOverviewDelta(frame.data);
  return {
    timeMs,
    node: delta.node ?? model.node,
    startedMs: delta.node ? startOf(delta.node, timeMs) : model.startedMs,
    totals: delta.totals ?? model.totals,
    services: mergeServices(model.services, delta.changed, delta.removed),
    points: mergePoints(model.points, delta.points),
  };
}
