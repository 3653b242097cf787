// The server's side of a WebSocket (RFC 6455), just enough for kubectl: binary messages both ways, pings, a close.
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** An open connection. */
export interface WebSocket {
  /** Sends one binary message; false when the peer reads slower than this, then `drained` is called when it has caught up. */
  send(message: Buffer): boolean;
  /** Says goodbye after what was sent. */
  close(): void;
  /** Stops and resumes reading. */
  pause(): void;
  resume(): void;
}

/** What happens on a connection. */
export interface WebSocketEvents {
  message(message: Buffer): void;
  drained(): void;
  /** The connection is over, however it ended. Called once. */
  closed(): void;
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, section 1.3
const OPCODE = { binary: 2, close: 8, ping: 9, pong: 10 } as const;
const FIRST_CONTROL = 8;

function frame(opcode: number, payload: Buffer): Buffer {
  const fin = 0x80 | opcode;
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.of(fin, length), payload]);
  const head = Buffer.alloc(10);
  head.writeUInt8(fin, 0);
  head.writeUInt8(length < 65_536 ? 126 : 127, 1);
  if (length >= 65_536) head.writeBigUInt64BE(BigInt(length), 2);
  else head.writeUInt16BE(length, 2);
  return Buffer.concat([head.subarray(0, length < 65_536 ? 4 : 10), payload]);
}

interface Parsed {
  readonly fin: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
  readonly size: number;
}

/** The first frame of the bytes, or undefined while it is not whole. A client's frames are masked (section 5.3). */
function parse(bytes: Buffer): Parsed | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const lengthSize = short === 126 ? 2 : short === 127 ? 8 : 0;
  const start = 2 + lengthSize + 4;
  if (bytes.length < start) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < start + length) return undefined;
  const mask = bytes.subarray(start - 4, start);
  const payload = Buffer.from(bytes.subarray(start, start + length));
  for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0);
  return { fin: (bytes.readUInt8(0) & 0x80) !== 0, opcode: bytes.readUInt8(0) & 0x0f, payload, size: start + length };
}

/** Answers an upgrade request with 101 and the subprotocol, and opens the connection. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocol: string,
  eventsOf: (open: WebSocket) => WebSocketEvents,
): void {
  const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${GUID}`).digest("base64");
  const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
  lines.push(`Sec-WebSocket-Accept: ${key}`, `Sec-WebSocket-Protocol: ${protocol}`);
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const events = eventsOf({
    send: (message) => socket.writable && socket.write(frame(OPCODE.binary, message)),
    close: () => socket.writable && socket.end(frame(OPCODE.close, Buffer.of(1000 >> 8, 1000 & 255))),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  });
  let pending = Buffer.alloc(0);
  let parts: Buffer[] = [];
  const take = ({ fin, opcode, payload }: Parsed) => {
    if (opcode === OPCODE.ping && socket.writable) socket.write(frame(OPCODE.pong, payload));
    if (opcode === OPCODE.close) socket.end(frame(OPCODE.close, payload));
    if (opcode >= FIRST_CONTROL) return;
    parts.push(payload);
    if (!fin) return;
    events.message(Buffer.concat(parts));
    parts = [];
  };
  const read = (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let next = parse(pending); next !== undefined; next = parse(pending)) {
      pending = pending.subarray(next.size);
      take(next);
    }
  };
  socket.on("data", read).on("drain", events.drained).once("close", events.closed);
  read(head);
}
