// The API beside this page. What is shown is followed by blocking queries: an answer is asked for again from its index
// on, and comes when something of it has changed.
export class Refused extends Error {
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(text);
  }
}

export interface Answer<T> {
  value: T;
  /** Of a blocking query; null where there is none. */
  index: string | null;
  /** The token may not see all of it. */
  isFiltered: boolean;
}

const RETRY_MS = 5000;
const WAIT = '60s';

/** Text that is no JSON stays text. A 404 without a word is a list or a key that is not there: null. */
export async function ask<T>(path: string, token: string, init: RequestInit = {}): Promise<Answer<T | null>> {
  const headers: Record<string, string> = token === '' ? {} : { 'X-Consul-Token': token };
  const response = await fetch(`../v1/${path}`, { ...init, headers, cache: 'no-store' });
  const text = await response.text();
  const answer = {
    index: response.headers.get('X-Consul-Index'),
    isFiltered: response.headers.get('X-Consul-Results-Filtered-By-ACLs') === 'true',
  };
  if (response.status === 404 && text === '') return { ...answer, value: null };
  if (!response.ok) throw new Refused(response.status, text || response.statusText);
  return { ...answer, value: text === '' ? null : (JSON.parse(text) as T) };
}

/** The path with what makes it wait, if there is something to wait from. */
export function waitingPath(path: string, index: string | null): string {
  return index === null ? path : `${path}${path.includes('?') ? '&' : '?'}index=${index}&wait=${WAIT}`;
}

export interface Followed<T> {
  /** undefined: not heard yet. */
  value: T | null | undefined;
  isFiltered: boolean;
  error: Refused | Error | null;
}
export const NOTHING_YET = { value: undefined, isFiltered: false, error: null } as const;

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function run<T>(path: string, token: string, tell: (now: Followed<T>) => void, signal: AbortSignal) {
  let index: string | null = null;
  let last: Followed<T> = NOTHING_YET;
  while (!signal.aborted) {
    try {
      const answer: Answer<T | null> = await ask<T>(waitingPath(path, index), token, { signal });
      // An index that goes back is of another process: begin anew.
      index = index !== null && Number(answer.index) < Number(index) ? null : answer.index;
      last = { value: answer.value, isFiltered: answer.isFiltered, error: null };
      tell(last);
      if (answer.index === null) await pause(RETRY_MS, signal);
    } catch (error) {
      if (signal.aborted) return;
      index = null;
      last = { ...last, error: error instanceof Error ? error : new Error(String(error)) };
      tell(last);
      await pause(RETRY_MS, signal);
    }
  }
}

/** Tells what is there, now and after every change. Returns: how to end it. */
export function follow<T>(path: string, token: string, tell: (now: Followed<T>) => void): () => void {
  const end = new AbortController();
  void run(path, token, tell, end.signal);
  return () => end.abort();
}
