// The load generator, in a process of its own: one JSON job a line on standard input, one JSON answer a line on standard output.
import { connect, type Socket } from "node:net";
import process from "node:process";
import { createInterface } from "node:readline";
import { type Address, type Job, MODE, type Result } from "./jobs.ts";
import { median, percentile } from "./stats.ts";

const BLOCK = Buffer.alloc(1024 * 1024, 0x5a);
const PAYLOAD = 64; // bytes of a round trip
const WARM_UP = 0.25; // of a download's time, not counted: windows grow, buffers fill
const SETTLE_MS = 200; // until a bulk transfer has filled what it can
const MIB = 1024 * 1024;
const held: Socket[] = [];

/** What a client and a proxy say before the first byte of the target. */
const PROXIES = {
  socks: {
    /** Greeting and request in one; a proxy that cannot go on resets, and the job fails (RFC 1928, sections 3 and 4). */
    request: ({ host, port }: Address) => {
      const name = Buffer.from(host);
      return Buffer.concat([Buffer.of(5, 1, 0, 5, 1, 0, 3, name.length), name, Buffer.of(port >> 8, port & 255)]);
    },
    /** Two bytes, then ten (sections 3 and 6). */
    replyEnd: (reply: Buffer) => (reply.length < 12 ? undefined : 12),
  },
  http: {
    /** RFC 9110, section 9.3.6. */
    request: ({ host, port }: Address) => Buffer.from(`CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`),
    replyEnd: (reply: Buffer) => {
      const end = reply.indexOf("\r\n\r\n");
      if (end < 0) return undefined;
      const line = reply.subarray(0, reply.indexOf("\r\n")).toString("latin1");
      if (!line.startsWith("HTTP/1.1 200 ")) throw new Error(`The proxy says "${line}"`);
      return end + 4;
    },
  },
};

/** Connects and calls `take` for what comes; one buffer is read into again and again, the cheapest way Node has. */
function open(at: Address, mode: string, take: (bytes: number) => void): Promise<Socket> {
  const proxy = at.through && PROXIES[at.through.kind];
  let reply: Buffer | undefined = proxy && Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const callback = (bytes: number, buffer: Uint8Array) => {
      if (!reply) {
        take(bytes);
        return true;
      }
      reply = Buffer.concat([reply, buffer.subarray(0, bytes)]);
      const end = proxy?.replyEnd(reply);
      if (end === undefined) return true;
      const rest = reply.length - end;
      reply = undefined;
      if (rest > 0) take(rest);
      return true;
    };
    const onread = { buffer: Buffer.allocUnsafe(256 * 1024), callback };
    const { host, port } = at.through ?? at;
    const socket = connect({ host, port, onread, allowHalfOpen: true, noDelay: true }, () => {
      socket.write(proxy ? Buffer.concat([proxy.request(at), Buffer.from(mode)]) : mode);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once("close", () => resolve());
  });
}

/** Writes for `ms`, then FIN; done when the sink says it has got it all. Returns the bytes. */
async function uploadOne(at: Address, until: number): Promise<number> {
  let bytes = 0;
  const answered = Promise.withResolvers<void>();
  const socket = await open(at, MODE.sink, () => answered.resolve());
  socket.once("close", () => answered.reject(new Error("The sink went away")));
  const pump = () => {
    while (performance.now() < until) {
      bytes += BLOCK.length;
      if (!socket.write(BLOCK)) return;
    }
    socket.off("drain", pump).end();
  };
  socket.on("drain", pump);
  pump();
  await answered.promise;
  socket.destroy();
  await closed(socket);
  return bytes;
}

async function upload(at: Address, streams: number, ms: number): Promise<Result> {
  const begin = performance.now();
  const sent = await Promise.all(Array.from({ length: streams }, () => uploadOne(at, begin + ms)));
  const seconds = (performance.now() - begin) / 1000;
  const MiB = sent.reduce((a, b) => a + b, 0) / MIB;
  return { MiB, MiBps: MiB / seconds };
}

async function download(at: Address, streams: number, ms: number): Promise<Result> {
  let bytes = 0;
  const count = (more: number) => {
    bytes += more;
  };
  const sockets = await Promise.all(Array.from({ length: streams }, () => open(at, MODE.source, count)));
  await new Promise((resolve) => setTimeout(resolve, ms * WARM_UP));
  const [begin, before] = [performance.now(), bytes];
  await new Promise((resolve) => setTimeout(resolve, ms * (1 - WARM_UP)));
  const seconds = (performance.now() - begin) / 1000;
  const MiBps = (bytes - before) / MIB / seconds;
  for (const socket of sockets) socket.destroy();
  await Promise.all(sockets.map(closed));
  return { MiB: bytes / MIB, MiBps };
}

async function roundTrip(at: Address, samples: number): Promise<Result> {
  const message = Buffer.alloc(PAYLOAD, 0x5a);
  let [missing, wake] = [0, () => {}];
  const socket = await open(at, MODE.echo, (bytes) => {
    missing -= bytes;
    if (missing === 0) wake();
  });
  const gone = new Promise<never>((_, reject) => socket.once("close", () => reject(new Error("The echo went away"))));
  gone.catch(() => {});
  const times: number[] = [];
  for (let i = -Math.ceil(samples / 10); i < samples; i++) {
    const begin = performance.now();
    const back = new Promise<void>((resolve) => {
      wake = resolve;
    });
    missing = PAYLOAD;
    socket.write(message);
    await Promise.race([back, gone]);
    if (i >= 0) times.push((performance.now() - begin) * 1000);
  }
  socket.destroy();
  return { medianUs: median(times), p99Us: percentile(times, 99) };
}

/** The same while one more stream carries all that it can. */
async function roundTripBeside(at: Address, samples: number, bulk: "upload" | "download"): Promise<Result> {
  const socket = await open(at, bulk === "upload" ? MODE.sink : MODE.source, () => {});
  const pump = () => {
    while (!socket.destroyed && socket.write(BLOCK));
  };
  if (bulk === "upload") {
    socket.on("drain", pump);
    pump();
  }
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const result = await roundTrip(at, samples);
  socket.destroy();
  await closed(socket);
  return result;
}

async function connectOnce(at: Address): Promise<void> {
  const answered = Promise.withResolvers<void>();
  const socket = await open(at, MODE.answer, () => answered.resolve());
  socket.once("close", () => answered.reject(new Error("Closed without an answer")));
  await answered.promise;
  socket.destroy();
  await closed(socket);
}

async function connections(at: Address, atOnce: number, ms: number): Promise<Result> {
  const begin = performance.now();
  let made = 0;
  const worker = async () => {
    for (; performance.now() < begin + ms; made++) await connectOnce(at);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { perSecond: (made / (performance.now() - begin)) * 1000 };
}

/** Opens idle streams, 50 at a time, each proven open through to the target by one byte. */
async function hold(at: Address, streams: number): Promise<Result> {
  while (held.length < streams) {
    const some = Math.min(50, streams - held.length);
    await Promise.all(
      Array.from({ length: some }, async () => {
        const answered = Promise.withResolvers<void>();
        const socket = await open(at, MODE.answer, () => answered.resolve());
        socket.once("close", () => answered.reject(new Error("An idle stream was closed")));
        await answered.promise;
        held.push(socket);
      }),
    );
  }
  return { held: held.length };
}

function release(): Result {
  for (const socket of held.splice(0)) socket.destroy();
  return { held: 0 };
}

async function perform(job: Job): Promise<Result> {
  if (job.kind === "upload") return upload(job.at, job.streams, job.ms);
  if (job.kind === "download") return download(job.at, job.streams, job.ms);
  if (job.kind === "roundTrip")
    return job.beside ? roundTripBeside(job.at, job.samples, job.beside) : roundTrip(job.at, job.samples);
  if (job.kind === "connect") return connections(job.at, job.atOnce, job.ms);
  return job.kind === "hold" ? hold(job.at, job.streams) : release();
}

createInterface({ input: process.stdin })
  .on("line", (line) => {
    perform(JSON.parse(line) as Job).then(
      (result) => process.stdout.write(`${JSON.stringify({ result })}\n`),
      (error: unknown) => process.stdout.write(`${JSON.stringify({ error: String(error) })}\n`),
    );
  })
  .on("close", () => process.exit(0));
