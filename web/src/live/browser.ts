// The live client's ports in a real browser: its socket, its fetch, its clock, and the events that wake it.
import type { LiveClient, LivePorts, Socket } from './client';

const POLL_TIMEOUT_MS = 4000;

function socketAddress(): string {
  const address = new URL('ws/ui', document.baseURI);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return address.href;
}

async function fetchSnapshot(topic: string): Promise<unknown> {
  const address = new URL('api/v1/ui/snapshot', document.baseURI);
  address.searchParams.set('topic', topic);
  const answer = await fetch(address, { signal: AbortSignal.timeout(POLL_TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`snapshot: ${answer.status}`);
  return answer.json();
}

export const browserPorts: LivePorts = {
  openSocket: () => new WebSocket(socketAddress()) as Socket,
  fetchSnapshot,
  now: () => performance.now(),
  random: () => Math.random(),
};

/** Ties the client to the page's life. Returns the way to untie it. */
export function followPage(client: LiveClient): () => void {
  const woken = () => client.wake();
  const shown = () => client.setHidden(document.hidden);
  window.addEventListener('online', woken);
  document.addEventListener('visibilitychange', shown);
  client.start();
  return () => {
    window.removeEventListener('online', woken);
    document.removeEventListener('visibilitychange', shown);
    client.stop();
  };
}
