// How code of third parties' host parts comes to a host: the host asks for what was announced, piece by piece, and checks its
// hash. SPEC.md section 6.

import { NoRouterError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { AnnouncedCode, CodeLoader, HostCode } from "./plugin/host_code.ts";
import type { Code, WantCode } from "./wire/control.ts";

/** Bytes of a piece; in base64 a control frame of it delays others no more than one of data. */
const PIECE_BYTES = 24 * 1024;
/** How often a host may ask for all code there is, on one link, and bytes beyond that. */
const MOST_TIMES = 4;
const SPARE_BYTES = 64 * 1024;

/** The manager's side of one link: what a host asks for, as often as an honest one may. */
export class CodeServer {
  readonly #code: readonly HostCode[];
  #left: number;

  constructor(code: readonly HostCode[]) {
    this.#code = code;
    this.#left = SPARE_BYTES + MOST_TIMES * code.reduce((sum, { bytes }) => sum + bytes.length + PIECE_BYTES, 0);
  }

  /**
   * The answer; empty for code that is not there, and behind its end.
   * @throws NoRouterError `flow-violation` when the host asks for more than it can need
   */
  answer({ hash, from }: WantCode): Code {
    const bytes = this.#code.find((code) => code.hash === hash)?.bytes ?? new Uint8Array();
    const piece = bytes.subarray(from, from + PIECE_BYTES);
    this.#left -= Math.max(piece.length, PIECE_BYTES / 2);
    if (this.#left < 0) throw new NoRouterError("flow-violation", "Agent asks for more code than there is");
    return { type: "code", hash, from, data: btoa(String.fromCharCode(...piece)) };
  }
}

/** What is under way for one hash. */
interface Wanted {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Resolves when all of it is there; parts with the same code share it. */
  readonly whole: Promise<void>;
  filled: number;
  readonly done: () => void;
  readonly failed: (error: NoRouterError) => void;
}

/** What a host's side needs. */
export interface CodeClientOptions {
  /** Sends a message to the manager. */
  readonly send: (message: WantCode) => void;
  /** Absent: no code of others is run here. */
  readonly loader: CodeLoader | undefined;
  readonly limits: Pick<Limits, "codeBytes">;
}

/** The host's side. */
export class CodeClient {
  readonly #options: CodeClientOptions;
  readonly #wanted = new Map<string, Wanted>();

  constructor(options: CodeClientOptions) {
    this.#options = options;
  }

  /**
   * What the module exports: from what is kept here, else from the manager.
   * @throws NoRouterError `plugin-invalid`
   */
  async load({ hash, bytes }: AnnouncedCode): Promise<unknown> {
    const { loader, limits } = this.#options;
    if (!loader) return invalid("is code of others, which this program does not run");
    if (bytes > limits.codeBytes) return invalid(`has ${bytes} bytes; at most ${limits.codeBytes} were wanted`);
    const kept = await loader.kept?.(hash);
    if (kept && (await hashOf(Uint8Array.from(kept))) === hash) return loader.load({ hash, bytes: kept });
    const code = { hash, bytes: await this.#fetch(hash, bytes) };
    if ((await hashOf(code.bytes)) !== hash) return invalid("arrived changed: it has another hash");
    await loader.keep?.(code);
    return loader.load(code);
  }

  /** The link is over: what was not received yet never comes. */
  stop(): void {
    for (const { failed } of this.#wanted.values()) failed(new NoRouterError("link-lost"));
    this.#wanted.clear();
  }

  /** A piece came. @throws NoRouterError `malformed-frame` for one that was not asked for */
  receive({ hash, from, data }: Code): void {
    const wanted = this.#wanted.get(hash);
    const piece = wanted && from === wanted.filled ? bytesOf(data) : undefined;
    if (!wanted || !piece || piece.length > wanted.bytes.length - from)
      throw new NoRouterError("malformed-frame", "Message of the manager is out of place: code");
    if (piece.length === 0) wanted.failed(new NoRouterError("plugin-invalid", "Code was announced, and the manager has none"));
    wanted.bytes.set(piece, from);
    wanted.filled += piece.length;
    if (piece.length > 0 && wanted.filled < wanted.bytes.length)
      this.#options.send({ type: "want-code", hash, from: wanted.filled });
    else {
      this.#wanted.delete(hash);
      wanted.done();
    }
  }

  async #fetch(hash: string, size: number): Promise<Uint8Array<ArrayBuffer>> {
    let wanted = this.#wanted.get(hash);
    if (!wanted) {
      const { promise: whole, resolve: done, reject: failed } = Promise.withResolvers<void>();
      wanted = { bytes: new Uint8Array(size), whole, filled: 0, done, failed };
      if (size === 0) return wanted.bytes;
      this.#wanted.set(hash, wanted);
      this.#options.send({ type: "want-code", hash, from: 0 });
    }
    await wanted.whole;
    return wanted.bytes;
  }
}

function bytesOf(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function invalid(what: string): never {
  throw new NoRouterError("plugin-invalid", `Host part ${what}`);
}
