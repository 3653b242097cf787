// Bytes to frames: any split of the input gives the same frames. Slices of a frame wait until it is whole; nothing is copied but
// a header that was cut in two.

import { NoRouterError } from "../errors.ts";
import { giveBack } from "../read_buffers.ts";
import { FIRST_OPTIONAL_KIND, FROM_ACCEPTOR, Frame, get16, get32, HEADER_BYTES, KIND, type Kind, WIRE_VERSION } from "./frame.ts";
import { PAYLOAD_BYTES } from "./payload.ts";

/** Largest payload of the kinds whose bound is a limit, in bytes. */
export interface PayloadBounds {
  readonly data: number;
  readonly control: number;
}

/** What the header of a kind may say. */
interface HeaderRule {
  /** Payload bytes; absent where {@link PayloadBounds} says it. */
  readonly bytes?: readonly [min: number, max: number];
  /** Whether the frame belongs to a stream: its number is then 1 or more, and else 0. */
  readonly stream: boolean;
  readonly flags: readonly number[];
}

const BY_OPENER = [0];
const BY_ACCEPTOR = [FROM_ACCEPTOR];
const BY_EITHER = [0, FROM_ACCEPTOR];

/** `core/wire/SPEC.md` section 3, by kind. */
const RULES: Readonly<Record<Kind, HeaderRule>> = {
  [KIND.open]: { bytes: PAYLOAD_BYTES.open, stream: true, flags: BY_OPENER },
  [KIND.accept]: { bytes: PAYLOAD_BYTES.credit, stream: true, flags: BY_ACCEPTOR },
  [KIND.data]: { stream: true, flags: BY_EITHER },
  [KIND.credit]: { bytes: PAYLOAD_BYTES.credit, stream: true, flags: BY_EITHER },
  [KIND.end]: { bytes: [0, 0], stream: true, flags: BY_EITHER },
  [KIND.reset]: { bytes: PAYLOAD_BYTES.reason, stream: true, flags: BY_EITHER },
  [KIND.control]: { stream: false, flags: [0] },
  [KIND.ping]: { bytes: [8, 8], stream: false, flags: [0] },
  [KIND.pong]: { bytes: [8, 8], stream: false, flags: [0] },
  [KIND.bye]: { bytes: PAYLOAD_BYTES.reason, stream: false, flags: [0] },
};

/** Whether a frame is of a kind that is not known; a reader gives out only those that may be ignored. */
export function isUnknown({ kind }: Frame): boolean {
  return !(kind in RULES);
}

/** Cuts a byte stream into frames. After a throw the reader is of no further use. */
export class FrameReader {
  readonly #bounds: PayloadBounds;
  readonly #onFrame: (frame: Frame) => void;
  /** A header that came in pieces. */
  #header = new Uint8Array(HEADER_BYTES);
  #headerFill = 0;
  /** The frame whose payload is still coming, as its slices so far, header first. */
  #slices: Uint8Array[] = [];
  #missing = 0;

  /** @param onFrame Called for each whole frame, in order; what it throws leaves {@link push}. */
  constructor(bounds: PayloadBounds, onFrame: (frame: Frame) => void) {
    this.#bounds = bounds;
    this.#onFrame = onFrame;
  }

  /** True between two frames: the input so far ended at a frame's end. */
  get idle(): boolean {
    return this.#headerFill === 0 && this.#missing === 0;
  }

  /**
   * Takes the next bytes. The chunk is kept by reference until its frames are done with.
   * @param goesOn Asked before each piece of a frame: when not, it stops.
   * @returns How many of the bytes it took.
   * @throws NoRouterError `malformed-frame`
   */
  push(chunk: Uint8Array, goesOn: () => boolean = always): number {
    let at = 0;
    while (at < chunk.length && goesOn()) {
      if (this.#missing > 0) at = this.#takePayload(chunk, at);
      else if (this.#headerFill === 0 && chunk.length - at >= HEADER_BYTES) at = this.#takeFrame(chunk, at);
      else at = this.#takeHeaderPiece(chunk, at);
    }
    return at;
  }

  /** A header that lies whole in the chunk; often the payload does too, and the frame is one slice. */
  #takeFrame(chunk: Uint8Array, at: number): number {
    const length = this.#checkedLength(chunk, at);
    const end = at + HEADER_BYTES + length;
    if (end <= chunk.length) {
      this.#emit(chunk, at, length, [chunk.subarray(at, end)]);
      return end;
    }
    this.#slices = [chunk.subarray(at)];
    this.#missing = end - chunk.length;
    return chunk.length;
  }

  #takeHeaderPiece(chunk: Uint8Array, at: number): number {
    const piece = chunk.subarray(at, at + HEADER_BYTES - this.#headerFill);
    this.#header.set(piece, this.#headerFill);
    giveBack(piece);
    this.#headerFill += piece.length;
    if (this.#headerFill === HEADER_BYTES) {
      const header = this.#header;
      const length = this.#checkedLength(header, 0);
      this.#header = new Uint8Array(HEADER_BYTES);
      this.#headerFill = 0;
      if (length === 0) this.#emit(header, 0, 0, [header]);
      else {
        this.#slices = [header];
        this.#missing = length;
      }
    }
    return at + piece.length;
  }

  #takePayload(chunk: Uint8Array, at: number): number {
    const piece = at === 0 && chunk.length <= this.#missing ? chunk : chunk.subarray(at, at + this.#missing);
    this.#slices.push(piece);
    this.#missing -= piece.length;
    if (this.#missing === 0) {
      const slices = this.#slices;
      const header = slices[0] as Uint8Array;
      this.#slices = [];
      this.#emit(header, 0, get32(header, 12), slices);
    }
    return at + piece.length;
  }

  #emit(header: Uint8Array, at: number, length: number, raw: Uint8Array[]): void {
    this.#onFrame(
      new Frame(
        header[at + 1] as Kind,
        get16(header, at + 2),
        get16(header, at + 4),
        get16(header, at + 6),
        get32(header, at + 8),
        length,
        raw,
      ),
    );
  }

  #checkedLength(header: Uint8Array, at: number): number {
    const version = header[at] as number;
    const kind = header[at + 1] as number;
    if (version !== WIRE_VERSION) malformed(`has version ${version}; ${WIRE_VERSION} was wanted`);
    const rule = (RULES as Readonly<Record<number, HeaderRule>>)[kind];
    if (!rule) return this.#checkedUnknown(kind, get32(header, at + 12));
    const flags = get16(header, at + 6);
    if (!rule.flags.includes(flags)) malformed(`of kind ${kind} has flags ${flags}; ${rule.flags.join(" or ")} was wanted`);
    const stream = get32(header, at + 8);
    if (stream > 0 !== rule.stream)
      malformed(`of kind ${kind} has stream ${stream}; ${rule.stream ? "1 or more" : 0} was wanted`);
    const length = get32(header, at + 12);
    const [min, max] = rule.bytes ?? (kind === KIND.data ? [1, this.#bounds.data] : [2, this.#bounds.control]);
    if (length < min || length > max) malformed(`of kind ${kind} has ${length} bytes; ${min} to ${max} were wanted`);
    return length;
  }

  #checkedUnknown(kind: number, length: number): number {
    if (kind < FIRST_OPTIONAL_KIND) malformed(`has kind ${kind}; 1 to ${KIND.bye} were wanted`);
    const most = this.#bounds.data;
    if (length > most) malformed(`of kind ${kind} has ${length} bytes; at most ${most} were wanted`);
    return length;
  }
}

function always(): boolean {
  return true;
}

function malformed(what: string): never {
  throw new NoRouterError("malformed-frame", `Frame ${what}`);
}
