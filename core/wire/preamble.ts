// The first bytes each side sends: magic, protocol version and a canary that a terminal, a shell or a text
// filter would change. Finds the preamble behind a login banner and names what stands there instead.

import { NoRouterError } from "../errors.ts";
import { joined } from "./frame.ts";

/** Version of the protocol as a whole; both sides must have the same. */
export const PROTOCOL_VERSION = 1;

/** Which end of a link speaks. */
export type Role = "manager" | "agent";

const MAGIC = [0x8a, 0x4e, 0x4f, 0x52, 0x54]; // 0x8a N O R T; a first byte above 0x7f does not survive a 7-bit path
const CANARY = [0x0d, 0x0a, 0x00, 0xff, 0x0a, 0x0d];
const LETTERS = MAGIC.slice(1);

/** Bytes of a preamble: magic, canary, protocol version, role. */
export const PREAMBLE_BYTES = MAGIC.length + CANARY.length + 2;

/** The preamble that `role` sends. */
export function preambleOf(role: Role): Uint8Array {
  return Uint8Array.of(...MAGIC, ...CANARY, PROTOCOL_VERSION, roleByte(role));
}

/** What {@link PreambleScanner.push} found. */
export interface PreambleFound {
  /** What stood before the preamble: a login banner, often empty. */
  readonly banner: Uint8Array;
  /** What came after it: the first bytes of frames. */
  readonly rest: Uint8Array;
}

/** Looks for the other side's preamble in whatever a command prints first. */
export class PreambleScanner {
  readonly #expected: Role;
  readonly #bannerBytes: number;
  #seen: Uint8Array = new Uint8Array();

  constructor(expected: Role, bannerBytes: number) {
    this.#expected = expected;
    this.#bannerBytes = bannerBytes;
  }

  /** Everything that came so far and was not a preamble. */
  get seen(): Uint8Array {
    return this.#seen;
  }

  /**
   * Takes the next bytes.
   * @returns undefined while the preamble has not come.
   * @throws NoRouterError `terminal-in-path`, `link-echo`, `protocol-mismatch`, `not-an-agent`
   */
  push(chunk: Uint8Array): PreambleFound | undefined {
    const from = Math.max(0, this.#seen.length - PREAMBLE_BYTES);
    const bytes = joined([this.#seen, chunk], this.#seen.length + chunk.length);
    this.#seen = bytes;
    const at = indexOfBytes(bytes, [...MAGIC, ...CANARY], from);
    if (at > this.#bannerBytes) this.#refuseLongBanner(at);
    if (at >= 0 && bytes.length >= at + PREAMBLE_BYTES) {
      this.#check(bytes[at + PREAMBLE_BYTES - 2] as number, bytes[at + PREAMBLE_BYTES - 1] as number);
      return { banner: bytes.slice(0, at), rest: bytes.subarray(at + PREAMBLE_BYTES) };
    }
    if (at < 0) this.#refuseChangedBytes(bytes, from);
    if (bytes.length > this.#bannerBytes + PREAMBLE_BYTES) this.#refuseLongBanner(bytes.length);
    return undefined;
  }

  #refuseLongBanner(length: number): never {
    throw new NoRouterError("not-an-agent", `Host's command printed ${length} bytes and no agent answered`);
  }

  #check(version: number, role: number): void {
    if (role !== roleByte(this.#expected)) throw new NoRouterError("link-echo");
    if (version !== PROTOCOL_VERSION) {
      const [other, own] = this.#expected === "agent" ? ["Agent", "manager"] : ["Manager", "agent"];
      const message = `${other} speaks version ${version} of the protocol; this ${own} speaks ${PROTOCOL_VERSION}`;
      throw new NoRouterError("protocol-mismatch", message);
    }
  }

  /** The letters came, but the line ends behind them are not what was sent. A banner may hold the letters, too. */
  #refuseChangedBytes(bytes: Uint8Array, from: number): void {
    for (let at = indexOfBytes(bytes, LETTERS, from); at >= 0; at = indexOfBytes(bytes, LETTERS, at + 1)) {
      if (bytes.length < at + LETTERS.length + CANARY.length) return;
      const follows = bytes.subarray(at + LETTERS.length, at + LETTERS.length + 3);
      const doubledReturn = follows[0] === 0x0d && follows[1] === 0x0d;
      const lostReturn = follows[0] === 0x0a && follows[1] === 0x0a;
      if (doubledReturn || lostReturn) throw new NoRouterError("terminal-in-path");
    }
  }
}

function roleByte(role: Role): number {
  return role === "manager" ? 0x4d : 0x41;
}

function indexOfBytes(haystack: Uint8Array, needle: readonly number[], from = 0): number {
  const first = needle[0] as number;
  for (let at = haystack.indexOf(first, from); at >= 0; at = haystack.indexOf(first, at + 1)) {
    if (at + needle.length > haystack.length) return -1;
    if (needle.every((byte, index) => haystack[at + index] === byte)) return at;
  }
  return -1;
}
