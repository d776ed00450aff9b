// The server half of RFC 6455, as far as page tests need it: text, ping, close; no fragments, no extensions.
import { createHash } from 'node:crypto';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

function encode(opcode, payload) {
  const { length } = payload;
  let head;
  if (length < 126) {
    head = Buffer.from([0x80 | opcode, length]);
  } else if (length < 65_536) {
    head = Buffer.from([0x80 | opcode, 126, 0, 0]);
    head.writeUInt16BE(length, 2);
  } else {
    head = Buffer.alloc(10);
    head.set([0x80 | opcode, 127]);
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}

/** One whole masked frame off the front of `bytes`, or null when more are needed. */
function decode(bytes) {
  if (bytes.length < 6) return null;
  let length = bytes[1] & 0x7f;
  let offset = 2;
  if (length === 126) {
    length = bytes.readUInt16BE(2);
    offset = 4;
  } else if (length === 127) {
    throw new Error('a page sends no frame of 64 KiB');
  }
  const end = offset + 4 + length;
  if (bytes.length < end) return null;
  const mask = bytes.subarray(offset, offset + 4);
  const payload = Buffer.from(bytes.subarray(offset + 4, end)).map((byte, i) => byte ^ mask[i % 4]);
  return { opcode: bytes[0] & 0x0f, payload, rest: bytes.subarray(end) };
}

/** Completes the handshake. Calls `onMessage(text)` and, once, `onClose()`. */
export function acceptWebSocket(request, socket, { onMessage, onClose }) {
  const key = createHash('sha1').update(request.headers['sec-websocket-key'] + GUID).digest('base64');
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${key}\r\n\r\n`,
  );
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (let frame = decode(pending); frame; frame = decode(pending)) {
      pending = frame.rest;
      if (frame.opcode === TEXT) onMessage(frame.payload.toString());
      else if (frame.opcode === PING) socket.write(encode(PONG, frame.payload));
      else if (frame.opcode === CLOSE) socket.end(encode(CLOSE, frame.payload));
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', onClose);
  return { send: (text) => socket.write(encode(TEXT, Buffer.from(text))), drop: () => socket.destroy() };
}
