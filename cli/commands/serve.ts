// `norouter serve`: lets managers in over TLS, and serves each with an agent of its own, until it is told to end.

import { codeLoader } from "../../agents/code_loader.ts";
import { DEFAULT_LIMITS, showPlace, type TcpPlace } from "../../core/mod.ts";
import { makeSecret } from "../../transports/tls/secret_file.ts";
import {
  type Log,
  namedOf,
  type Peers,
  peersByCertificate,
  peersBySecret,
  type Rule,
  rulesOf,
  type SecretOfPeer,
  TlsListener,
} from "../../transports/tls/serve/mod.ts";
import { addressOf } from "../../transports/tls/settings.ts";
import { BUILTIN_PARTS } from "../builtin_parts.ts";
import type { Invocation } from "../invocation.ts";
import type { Io } from "../load/io.ts";
import { usage } from "../options.ts";
import { memoryRoom } from "../process/memory.ts";
import { ownInfo } from "../process/runtime.ts";

type ServeArgs = Invocation & { command: "serve" };

/** How a peer with the one secret is called that has no name. */
const ONLY_PEER = "manager";

/** Serves until a signal comes. @throws NoRouterError for what keeps it from that */
export async function serve(args: ServeArgs, io: Pick<Io, "stdout" | "stderr">): Promise<number> {
  const log: Log = (event) => io.stdout(args.json ? `${JSON.stringify({ time: Date.now(), ...event })}\n` : `${event.text}\n`);
  if (args.listen.length === 0) usage("'norouter serve' wants --listen and an address, such as '0.0.0.0:7443'");
  const places = args.listen.map(placeOf);
  const rules = rulesOf(args.allow);
  const peers = await peersOf(args, log);
  checkNames(rules, peers);
  const makings = {
    agent: ownInfo(),
    parts: BUILTIN_PARTS,
    codeLoader: codeLoader(undefined),
    room: memoryRoom,
    stopMs: DEFAULT_LIMITS.stopMs,
    debug: (line: string) => void (args.debug && io.stderr(`${line}\n`)),
  };
  const listener = new TlsListener({ peers, rules, makings, log });
  const told = signalled();
  try {
    for (const place of places) {
      const port = await listener.listen(place);
      const where = showPlace({ ...place, port });
      log({ type: "serve.listening", address: where, text: `listening on ${where}` });
    }
    if (rules.length === 0)
      io.stderr("norouter: nothing may be reached yet: give '--allow' for each target, such as '127.0.0.1:9000'\n");
    const signal = await told;
    log({ type: "serve.stopped", signal, text: `stopping at ${signal}` });
  } finally {
    await listener.stop();
  }
  return 0;
}

/** An address and a port; a port alone is one of this machine alone. */
function placeOf(text: string): TcpPlace {
  if (/^\d+$/.test(text)) return placeOf(`127.0.0.1:${text}`);
  try {
    // Any port is one that the system chooses.
    return text.endsWith(":0") ? { ...addressOf(`${text.slice(0, -1)}1`), port: 0 } : addressOf(text);
  } catch {
    return usage(`'--listen' wants an address and a port, such as '0.0.0.0:7443', not "${text}"`);
  }
}

async function peersOf({ secretFiles, cert, key, ca }: ServeArgs, log: Log): Promise<Peers> {
  const files = [cert, key, ca].filter((file) => file !== undefined);
  if (secretFiles.length > 0 && files.length > 0) usage("'--secret-file' and '--cert', '--key' and '--ca' exclude each other");
  if (cert !== undefined && key !== undefined && ca !== undefined) return peersByCertificate({ cert, key, ca });
  if (files.length > 0) usage("'--cert', '--key' and '--ca' belong together");
  if (secretFiles.length === 0) usage("'norouter serve' wants --secret-file, or --cert, --key and --ca");
  const secrets = secretFiles.map(secretOf);
  const names = secrets.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) usage(`Two of '--secret-file' are for "${twice}"; name them with 'NAME=FILE'`);
  for (const { file } of secrets) await makeMissing(file, log);
  return peersBySecret(secrets);
}

function secretOf(text: string): SecretOfPeer {
  const { name, rest } = namedOf(text);
  if (rest === "") usage(`'--secret-file' wants a path, and "${text}" has none`);
  return { name: name ?? ONLY_PEER, file: rest };
}

async function makeMissing(file: string, log: Log): Promise<void> {
  if (!(await makeSecret(file))) return;
  const text = `made a new secret in "${file}"; the manager needs a copy of that file, closed to other users ('chmod 600')`;
  log({ type: "serve.secret-made", file, text });
}

/** A rule for a peer that is never let in is a mistake. */
function checkNames(rules: readonly Rule[], { names }: Peers): void {
  if (names.length === 0) return;
  const odd = rules.find(({ peer }) => peer !== undefined && !names.includes(peer));
  if (odd)
    usage(
      `'--allow' names the peer "${odd.peer}", and no '--secret-file' does; there are ${names.map((one) => `"${one}"`).join(", ")}`,
    );
}

function signalled(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve(signal));
  });
}
