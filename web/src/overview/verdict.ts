// The first thing the page says: is it all right? One judgement from the totals, and who needs attention.
import type { Overview } from '../live/merge';
import type { Measured, Service, Status } from '../live/frames';
import { rank } from './order';

/** From this share of failed requests on, healthy services are not the whole answer. Chosen. */
export const ERROR_RATIO_WORTH_SAYING = 0.01;
export const NAMED_MAX = 3;

export type Judgement =
  | { kind: 'empty' }
  | { kind: 'attention'; count: number; total: number; named: Service[]; more: number }
  | { kind: 'failing'; total: number; errorRatio: number }
  | { kind: 'unchecked'; count: number; total: number }
  | { kind: 'healthy'; total: number };

function isFailing(ratio: Measured): ratio is number {
  return ratio !== null && ratio >= ERROR_RATIO_WORTH_SAYING;
}

export function judge({ services, totals }: Pick<Overview, 'services' | 'totals'>): Judgement {
  const total = services.size;
  if (total === 0) return { kind: 'empty' };
  const troubled = rank(services.values(), { q: '', status: ['unhealthy', 'degraded'], sort: 'worst' });
  if (troubled.length > 0) {
    const named = troubled.slice(0, NAMED_MAX).flatMap((name) => services.get(name) ?? []);
    return { kind: 'attention', count: troubled.length, total, named, more: troubled.length - named.length };
  }
  if (isFailing(totals.errorRatio)) return { kind: 'failing', total, errorRatio: totals.errorRatio };
  const unchecked = [...services.values()].filter((service) => service.status === 'unknown').length;
  return unchecked > 0 ? { kind: 'unchecked', count: unchecked, total } : { kind: 'healthy', total };
}

/** The shape and colour beside the sentence: the worst there is. */
export function toneOf(judgement: Judgement): Status {
  switch (judgement.kind) {
    case 'attention':
      return judgement.named[0]?.status ?? 'degraded';
    case 'failing':
      return 'degraded';
    case 'healthy':
      return 'healthy';
    default:
      return 'unknown';
  }
}
