// Code of a third party's host part, as the manager has it and as a host gets it. Types only.

/** How code is announced to hosts. */
export interface AnnouncedCode {
  /** SHA-256 of its bytes, lower case hexadecimal. */
  readonly hash: string;
  /** Its size. */
  readonly bytes: number;
}

/** One ES module in UTF-8 that imports nothing but the runtime's own modules. */
export interface HostCode {
  /** SHA-256 of {@link HostCode.bytes}, lower case hexadecimal. */
  readonly hash: string;
  readonly bytes: Uint8Array;
}

/** What a process that serves a host does with code of others. */
export interface CodeLoader {
  /** The bytes that were kept under a hash, not checked; undefined when there are none. Never rejects. */
  kept?(hash: string): Promise<Uint8Array | undefined>;
  /** Keeps code, so that it need not be sent again. Never rejects. */
  keep?(code: HostCode): Promise<void>;
  /** The host part that the module exports. Nothing is fetched for it. */
  load(code: HostCode): Promise<unknown>;
}
