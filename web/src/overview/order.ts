// Which services are shown, and in which order. Worst first, in coarse steps, so that two services with nearly
// the same error ratio do not change places every second; and never under a resting pointer.
import type { Instance, Measured, Service, Status } from '../live/frames';
import type { Sort, View } from '../lib/view';

const SEVERITY: Record<Status, number> = { unhealthy: 3, degraded: 2, unknown: 1, healthy: 0 };
const ERROR_STEPS = [0.01, 0.05, 0.2];

function errorStep(ratio: Measured): number {
  return ERROR_STEPS.filter((step) => (ratio ?? 0) >= step).length;
}

function byName(a: Service, b: Service): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** Greatest first; what was not measured comes last. */
function descending(pick: (service: Service) => Measured): (a: Service, b: Service) => number {
  return (a, b) => (pick(b) ?? -1) - (pick(a) ?? -1);
}

const COMPARE: Record<Sort, (a: Service, b: Service) => number> = {
  worst: (a, b) =>
    SEVERITY[b.status] - SEVERITY[a.status] ||
    b.breakersOpen - a.breakersOpen ||
    errorStep(b.errorRatio) - errorStep(a.errorRatio),
  name: () => 0,
  rate: descending((service) => service.requestsPerSecond),
  errors: descending((service) => service.errorRatio),
  latency: descending((service) => service.p95Ms),
};

export function isShown(service: Service, view: Pick<View, 'q' | 'status'>): boolean {
  if (view.status.length > 0 && !view.status.includes(service.status)) return false;
  const wanted = view.q.trim().toLowerCase();
  if (wanted === '') return true;
  const texts = [service.name, service.description, ...service.tags, ...service.instances.map((i) => i.address)];
  return texts.some((text) => text.toLowerCase().includes(wanted));
}

/** Names of the shown services, first to last. Equal ones stand by name. */
export function rank(services: Iterable<Service>, view: Pick<View, 'q' | 'status' | 'sort'>): string[] {
  return [...services]
    .filter((service) => isShown(service, view))
    .sort((a, b) => COMPARE[view.sort](a, b) || byName(a, b))
    .map((service) => service.name);
}

/**
 * The order to draw while somebody points into the list: everyone keeps the place they had, newcomers
 * stand at the end, the gone leave.
 */
export function holdStill(previous: readonly string[], ranked: readonly string[]): string[] {
  const wanted = new Set(ranked);
  const kept = previous.filter((name) => wanted.has(name));
  const known = new Set(kept);
  return [...kept, ...ranked.filter((name) => !known.has(name))];
}

/** Worst first, then by address: the same places on every redraw. */
export function worstInstances(instances: readonly Instance[]): Instance[] {
  return [...instances].sort(
    (a, b) => SEVERITY[b.status] - SEVERITY[a.status] || (a.address < b.address ? -1 : 1),
  );
}
