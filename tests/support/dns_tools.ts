// A name server that says what a test wants, and a client that asks one: by UDP and TCP, with the DNS library at both ends.
import { createSocket } from "node:dgram";
import { connect, createServer, type Socket } from "node:net";
import { type DecodedPacket, decode, encode, type Packet, type Question } from "dns-packet";
import type { Protocol } from "../../core/place.ts";
import { freePort } from "./free_port.ts";
import type { Address } from "./servers.ts";

/** What a fake server answers: a packet without its number, bytes as they are, or nothing. */
export type Answers = (
  question: Question,
  protocol: Protocol,
  packet: DecodedPacket,
  raw: Uint8Array,
) => Packet | Uint8Array | undefined;

/** A name server of a test. */
export interface FakeNameServer extends Address {
  /** `udp` or `tcp`, and the name and type of each question that came. */
  readonly asked: readonly string[];
  /** Every question as it came. */
  readonly raw: readonly Uint8Array[];
  /** Ports that questions came from, by UDP. */
  readonly ports: readonly number[];
  stop(): Promise<void>;
}

/** Starts one on a free port of an address. */
export async function fakeNameServer(answers: Answers, host = "127.0.0.1"): Promise<FakeNameServer> {
  const asked: string[] = [];
  const raw: Uint8Array[] = [];
  const ports: number[] = [];
  const sockets = new Set<Socket>();
  const answer = (message: Uint8Array, protocol: Protocol): Uint8Array | undefined => {
    const packet = decode(Buffer.from(message));
    const [question] = packet.questions ?? [];
    if (!question) return undefined;
    asked.push(`${protocol} ${question.name} ${question.type}`);
    raw.push(Uint8Array.from(message));
    const made = answers(question, protocol, packet, message);
    if (made === undefined || made instanceof Uint8Array) return made;
    return encode({ type: "response", id: packet.id ?? 0, questions: [question], ...made });
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    messagesOf(socket, (message) => {
      const made = answer(message, "tcp");
      if (made) socket.write(behindLength(made));
    });
  });
  const port = await freePort(host);
  await new Promise<void>((resolve, reject) => void server.once("error", reject).listen(port, host, resolve));
  const udp = createSocket(host.includes(":") ? "udp6" : "udp4");
  udp.on("message", (message, from) => {
    ports.push(from.port);
    const made = answer(message, "udp");
    if (made) udp.send(made, from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => void udp.once("error", reject).bind({ address: host, port }, () => resolve()));
  const stop = async () => {
    udp.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { host, port, asked, raw, ports, stop };
}

/** The answer to a message by UDP; undefined when none comes within `ms`. */
export function sendUdp(to: Address, message: Uint8Array, ms = 5000): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(to.host.includes(":") ? "udp6" : "udp4");
    const done = (answer?: Uint8Array) => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(done, ms);
    socket.once("error", reject).once("message", (answer) => done(Uint8Array.from(answer)));
    socket.send(message, to.port, to.host);
  });
}

/** The answers to messages that are sent at once on one connection, in the order they come, until all are there or it ends. */
export function sendTcp(to: Address, messages: readonly Uint8Array[]): Promise<Uint8Array[]> {
  return new Promise((resolve, reject) => {
    const answers: Uint8Array[] = [];
    const socket = connect({ ...to, noDelay: true });
    socket.once("error", reject).once("close", () => resolve(answers));
    messagesOf(socket, (answer) => {
      if (answers.push(answer) === messages.length) socket.destroy();
    });
    for (const message of messages) socket.write(behindLength(message));
  });
}

/** What is asked; class IN, number 4711 and "recursion desired" unless a test says otherwise. */
export interface Ask {
  readonly name: string;
  /** Default `A`. */
  readonly type?: string;
  readonly class?: Question["class"];
  readonly protocol?: Protocol;
  readonly packet?: Packet;
}

/** A question as bytes. */
export function questionOf({ name, type = "A", class: kind = "IN", packet = {} }: Ask): Uint8Array {
  const question = { name, type, class: kind } as Question;
  return encode({ type: "query", id: 4711, flags: 0x0100, questions: [question], ...packet });
}

/** The answer to a question. @throws when none comes in time */
export async function ask(to: Address, wanted: Ask): Promise<DecodedPacket> {
  const question = questionOf(wanted);
  const answer = wanted.protocol === "tcp" ? (await sendTcp(to, [question]))[0] : await sendUdp(to, question);
  if (!answer) throw new Error(`No answer about ${wanted.name}`);
  return decode(Buffer.from(answer));
}

/** An answer in one line: response code, flags, records. */
export function show(answer: DecodedPacket): string {
  const { rcode } = answer as DecodedPacket & { rcode: string };
  const flags = [answer.flag_aa && "aa", answer.flag_tc && "tc"].filter(Boolean).join("+");
  const records = (answer.answers ?? []).map(
    (record) => `${record.name} ${record.type} ${JSON.stringify("data" in record && record.data)}`,
  );
  return [rcode, flags, ...records].filter((part) => part !== "").join(" ");
}

/** A message behind its length (RFC 1035 section 4.2.2). */
export function behindLength(message: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(message.length >> 8, message.length & 0xff), message]);
}

function messagesOf(socket: Socket, take: (message: Uint8Array) => void): void {
  let held = Buffer.alloc(0);
  socket.on("data", (chunk: Uint8Array) => {
    held = Buffer.concat([held, chunk]);
    for (let end = 2; held.length >= 2; ) {
      end = 2 + held.readUInt16BE(0);
      if (held.length < end) return;
      take(Uint8Array.from(held.subarray(2, end)));
      held = held.subarray(end);
    }
  });
}
