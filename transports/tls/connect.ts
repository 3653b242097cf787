// The manager's side: a connection to a 'norouter serve' on which both sides know each other, with a request that was granted. Nothing
// of the manifest is said before the other side has proven who it is.

import { isIP } from "node:net";
import { type ConnectionOptions, checkServerIdentity, connect, type TLSSocket } from "node:tls";
import { messageOf, NoRouterError } from "../../core/mod.ts";
import { managerStops } from "../support/manager_stops.ts";
import { keyShown } from "./certificate.ts";
import { certificatesIn, identityIn, managerCertificate, TLS_ONLY } from "./credentials.ts";
import { type Identity, isSame, proofOf } from "./identity.ts";
import { MOST_ANSWER_BYTES } from "./limits.ts";
import { Ended, encoded, MessageReader } from "./messages.ts";
import { type Answer, answerOf, greetingOf, type Request, VERSION_OF_MESSAGES } from "./requests.ts";
import { addressOf, type TlsSettings } from "./settings.ts";

/** How long to try. */
export interface ConnectPatience {
  /** For all of it until the request is sent, and for the answer. */
  readonly withinMs: number;
  readonly answerMs: number;
  /** Aborted when nobody wants the outcome any more. */
  readonly signal: AbortSignal;
}

/** A request that was granted. */
export interface Granted {
  readonly socket: TLSSocket;
  readonly answer: Answer;
  /** What came behind the answer. */
  readonly early: Buffer;
}

/** What a side knows the other by. */
interface Means {
  readonly options: ConnectionOptions;
  /** Where both have a secret. */
  readonly identity?: Identity;
}

const KEEP_ALIVE_MS = 30_000;

/**
 * Connects, makes sure of the other side and asks.
 * @throws NoRouterError `host-unreachable`, `access-denied`, `settings-refused`, `protocol-mismatch`, or what the other side answers
 */
export async function ask(settings: TlsSettings, request: Request, patience: ConnectPatience): Promise<Granted> {
  const { address } = settings;
  const means = await meansOf(settings);
  if (patience.signal.aborted) throw managerStops();
  const to = { ...addressOf(address), ...TLS_ONLY, ...means.options };
  const socket = connect(to);
  socket.on("error", () => undefined);
  const watch = new Watch(socket, address, patience.signal);
  try {
    watch.allow(patience.withinMs);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    await secured(socket);
    const reader = new MessageReader(socket);
    await checkGreeting(socket, reader, means, address);
    socket.write(encoded({ version: VERSION_OF_MESSAGES, ...request }));
    watch.allow(patience.answerMs);
    const answer = answerOf(await reader.next(MOST_ANSWER_BYTES));
    return { socket, answer, early: reader.release() };
  } catch (thrown) {
    socket.destroy();
    throw failureOf(thrown, address);
  } finally {
    watch.stop();
  }
}

/** Ends a connection that takes too long or is not wanted any more. */
class Watch {
  readonly #socket: TLSSocket;
  readonly #address: string;
  readonly #signal: AbortSignal;
  readonly #abort = () => void this.#socket.destroy(managerStops());
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(socket: TLSSocket, address: string, signal: AbortSignal) {
    this.#socket = socket;
    this.#address = address;
    this.#signal = signal;
    signal.addEventListener("abort", this.#abort);
  }

  allow(ms: number): void {
    clearTimeout(this.#timer);
    const late = new NoRouterError("host-unreachable", `${this.#address} did not answer within ${ms / 1000} s`);
    this.#timer = setTimeout(() => void this.#socket.destroy(late), ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#abort);
  }
}

/** What this side shows. With a secret, whoever answers is judged by its proof, and with certificates by the one it shows. */
async function meansOf({ address, secretFile, cert, key, ca, serverName }: TlsSettings): Promise<Means> {
  if (secretFile !== undefined) {
    const identity = await identityIn(secretFile);
    // No name is sent: what connects to whom is not for others to read.
    return { identity, options: { ...managerCertificate(identity), rejectUnauthorized: false, servername: "" } };
  }
  if (cert === undefined || key === undefined || ca === undefined)
    throw new NoRouterError("settings-refused", "There is neither a 'secretFile' nor 'cert', 'key' and 'ca'");
  const wanted = serverName ?? addressOf(address).host;
  const isOther: ConnectionOptions["checkServerIdentity"] = (_, shown) => checkServerIdentity(wanted, shown);
  const options = { ...(await certificatesIn({ cert, key, ca })), rejectUnauthorized: true, checkServerIdentity: isOther };
  return { options: { ...options, servername: isIP(wanted) === 0 ? wanted : "" } };
}

function secured(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new NoRouterError("host-unreachable", "it ended the connection before it said who it is"));
    socket.once("secureConnect", resolve).once("error", reject).once("end", ended).once("close", ended);
  });
}

/** Waits until the other side says that it knows this one, and proves that it has the secret. */
async function checkGreeting(socket: TLSSocket, reader: MessageReader, { identity }: Means, address: string): Promise<void> {
  const said = await reader.next().catch((thrown: unknown) => {
    if (!(thrown instanceof Ended)) throw thrown;
    const what = identity ? "the secret of 'secretFile'" : "the certificate of 'cert'";
    const message = `${address} ended the connection before it let this manager in: it may not know ${what}`;
    throw new NoRouterError("host-unreachable", message, { cause: thrown }); // or it is just being stopped
  });
  if (said === undefined) {
    const why = identity ? "does not know the secret of 'secretFile'" : "does not let the certificate of 'cert' in";
    throw new NoRouterError("access-denied", `${address} ${why}`);
  }
  const { version, proof } = greetingOf(said);
  if (identity) {
    const shown = keyShown(socket.getPeerCertificate(true).raw);
    if (!shown || !proof || !isSame(proof, proofOf(identity, shown)))
      throw new NoRouterError("access-denied", `What answers at ${address} does not know the secret of 'secretFile'`);
  }
  if (version !== VERSION_OF_MESSAGES)
    throw new NoRouterError("protocol-mismatch", `${address} speaks version ${version}; ${VERSION_OF_MESSAGES} was wanted`);
}

/** Codes of OpenSSL, and of what stands for it, for an answer that is no TLS, or another version of it. */
const NO_TLS =
  /WRONG_VERSION_NUMBER|PACKET_LENGTH|UNEXPECTED_MESSAGE|PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|InvalidMessage|InvalidContentType/i;
/** For a certificate that does not come from `ca`, or is for another name. */
const WRONG_CERTIFICATE = /CERT|ISSUER|SELF_SIGNED|ALTNAME|VERIFY|UnknownIssuer|ALERT/i;

function failureOf(thrown: unknown, address: string): NoRouterError {
  if (thrown instanceof NoRouterError) {
    const isBare = thrown.message.startsWith("it ended");
    return isBare ? new NoRouterError(thrown.code, `${address} cannot be used: ${thrown.message}`) : thrown;
  }
  const { code = "", message } = thrown as { code?: string; message: string };
  const why = code === "" ? messageOf(thrown) : code;
  const of = (known: "settings-refused" | "access-denied" | "host-unreachable", what: string) =>
    new NoRouterError(known, what, { cause: thrown });
  if (NO_TLS.test(code) || NO_TLS.test(message))
    return of("settings-refused", `What answers at ${address} is no 'norouter serve'`);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return of("host-unreachable", `The name of ${address} cannot be resolved`);
  if (WRONG_CERTIFICATE.test(code)) return of("access-denied", `No agreement with ${address} on certificates: ${message}`);
  return of("host-unreachable", `${address} cannot be reached: ${why}`);
}
