// What the API answers, as far as this page shows it, and what several views make of it.
import type { Status } from '../live/frames';

export interface Check {
  Node: string;
  CheckID: string;
  Name: string;
  Status: string;
  Output: string;
  ServiceID: string;
  ServiceName: string;
  Type: string;
}
export interface NodeEntry {
  ID: string;
  Node: string;
  Address: string;
  Meta: Record<string, string>;
}
export interface Service {
  ID: string;
  Service: string;
  Address: string;
  Port: number;
  Tags: string[];
  Meta: Record<string, string>;
}
export interface Instance {
  Node: NodeEntry;
  Service: Service;
  Checks: Check[];
}
export interface Session {
  ID: string;
  Name: string;
  Node: string;
  Behavior: string;
  TTL: string;
  NodeChecks: string[];
}
export interface Entry {
  Key: string;
  Value: string | null;
  Flags: number;
  Session?: string;
  ModifyIndex: number;
}

const STATUSES: Record<string, Status> = { passing: 'healthy', warning: 'degraded', critical: 'unhealthy' };
const BADNESS = ['passing', 'warning', 'critical'];

export function markOf(status: string): Status {
  return STATUSES[status] ?? 'unknown';
}

/** The worst of the checks; without any, all is well. */
export function worstOf(checks: readonly { Status: string }[]): string {
  const worst = Math.max(0, ...checks.map((check) => BADNESS.indexOf(check.Status)));
  return BADNESS[worst] ?? 'passing';
}

/** Worst first, then by name. */
export function byBadness(one: { status: string; name: string }, other: { status: string; name: string }): number {
  return BADNESS.indexOf(other.status) - BADNESS.indexOf(one.status) || one.name.localeCompare(other.name, 'en');
}

/** The text of a value, or null for bytes that are none. */
export function decodeValue(base64: string | null): string | null {
  if (base64 === null) return '';
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
