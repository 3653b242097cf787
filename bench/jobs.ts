// What the load generator can be asked to do, and the one-byte modes the target server understands. Types and constants only.

/** Where a peer is entered, or the target itself. */
export interface Address {
  /** An address, or a name for a proxy to resolve. */
  readonly host: string;
  readonly port: number;
  /** The proxy that leads there. */
  readonly through?: Proxy;
}

/** A SOCKS5 proxy, or an HTTP proxy that is asked for a tunnel. */
export interface Proxy {
  readonly kind: "socks" | "http";
  readonly host: string;
  readonly port: number;
}

/** The first byte of a connection to the target says what it is for. */
export const MODE = {
  /** Swallow all until FIN, then answer one byte. */
  sink: "S",
  /** Send without end. */
  source: "D",
  /** Send back what comes. */
  echo: "E",
  /** Answer one byte at once; stay until FIN. */
  answer: "A",
} as const;

/** One thing to measure at one address; `ms` is how long to keep it up. */
export type Job =
  | { readonly kind: "upload" | "download"; readonly at: Address; readonly streams: number; readonly ms: number }
  | { readonly kind: "roundTrip"; readonly at: Address; readonly samples: number; readonly beside?: "upload" | "download" }
  | { readonly kind: "connect"; readonly at: Address; readonly atOnce: number; readonly ms: number }
  | { readonly kind: "hold"; readonly at: Address; readonly streams: number }
  | { readonly kind: "release" };

/** What a job found, by name: `MiB` in all, `MiBps`, `medianUs` and `p99Us`, `perSecond`, `held`. */
export type Result = Readonly<Record<string, number>>;
