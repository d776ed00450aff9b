// A node as the pages see it (PROTOCOL.md), out of node's own modules: serves dist/ with the real security headers,
// one snapshot for each subscription, and the deltas a test hands it.
// By hand: `node tests/mock-server.mjs 8010` shows a moving fleet at http://127.0.0.1:8010.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

import { fleet, moved } from './fleet.mjs';
import { acceptWebSocket } from './websocket.mjs';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; worker-src 'self' blob:; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
};

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

export class MockNode {
  #server = null;
  #sockets = new Map(); // connection -> is it subscribed
  #epoch = 0;
  #index = 100;
  /** A proxy in between that lets no WebSocket through. */
  refusesSockets = false;
  /** Every frame the pages sent, oldest first. */
  received = [];
  port = 0;

  constructor(data) {
    this.data = data;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Listens on `port`, by default the one it had before, at first any. */
  async start(port = this.port) {
    this.#epoch += 1;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('upgrade', (request, socket) => this.#upgrade(request, socket));
    await new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    this.port = this.#server.address().port;
    return this;
  }

  /** As kill -9: every connection is gone at once. */
  async kill() {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.dropSockets();
    this.#server.closeAllConnections();
    await closed;
  }

  dropSockets() {
    for (const connection of this.#sockets.keys()) connection.drop();
  }

  get subscribers() {
    return [...this.#sockets.values()].filter(Boolean).length;
  }

  /** Sends what changed to every subscriber. `from` other than the last index makes a gap. */
  push(data, from = this.#index) {
    this.#index += 1;
    const frame = { op: 'delta', topic: 'overview', ...this.#moment(), from, data };
    for (const [connection, subscribed] of this.#sockets) {
      if (subscribed) connection.send(JSON.stringify(frame));
    }
  }

  #moment() {
    return { epoch: `epoch-${this.#epoch}`, index: this.#index, time: new Date().toISOString() };
  }

  #snapshot() {
    return JSON.stringify({ op: 'snapshot', topic: 'overview', ...this.#moment(), data: this.data });
  }

  #upgrade(request, socket) {
    if (request.url !== '/ws/ui' || this.refusesSockets) return void socket.destroy();
    const connection = acceptWebSocket(request, socket, {
      onMessage: (text) => this.#answer(connection, text),
      onClose: () => this.#sockets.delete(connection),
    });
    this.#sockets.set(connection, false);
  }

  #answer(connection, text) {
    const message = parsed(text);
    this.received.push(message);
    if (message.op === 'ping') return connection.send('{"op":"pong"}');
    if (message.topic !== 'overview' || !['subscribe', 'unsubscribe'].includes(message.op)) {
      return connection.send(JSON.stringify({ op: 'error', message: `not understood: ${text}` }));
    }
    this.#sockets.set(connection, message.op === 'subscribe');
    if (message.op === 'subscribe') connection.send(this.#snapshot());
  }

  async #serve(request, response) {
    const { pathname } = new URL(request.url, this.url);
    if (pathname === '/api/v1/ui/snapshot') {
      response.writeHead(200, { ...HEADERS, 'Content-Type': 'application/json' }).end(this.#snapshot());
      return;
    }
    const file = extname(pathname) === '' ? '/index.html' : normalize(pathname);
    try {
      const bytes = await readFile(join(DIST, file));
      response.writeHead(200, { ...HEADERS, 'Content-Type': TYPES[extname(file)] }).end(bytes);
    } catch {
      response.writeHead(404, HEADERS).end();
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const node = await new MockNode(fleet()).start(Number(process.argv[2] ?? 8010));
  setInterval(() => {
    const delta = moved(node.data);
    node.push(delta);
  }, 1000);
  console.log(`a moving fleet at ${node.url}`);
}
