// What a host serves to the programs on it, as the log keeps it, and how a password is checked without being kept.

/** What a host serves. */
export interface Entrances {
  readonly http?: ProxyEntrance;
  readonly socks?: ProxyEntrance;
  readonly dns?: DnsEntrance;
  /** Folder for the files that the host writes, `~` and `${VAR}` not expanded yet; absent when it writes none. */
  readonly stateDir?: string;
  /** Whether the host's own /etc/hosts is written. */
  readonly writeEtcHosts: boolean;
}

/** A proxy. */
export interface ProxyEntrance {
  /** `address:port`, or `unix:` and a path, `~` and `${VAR}` not expanded yet. */
  readonly listen: string;
  /** What becomes of destinations that are neither in the network nor a route's. */
  readonly outside: Outside;
  /** Whether a name and a password are asked for; they are in {@link Access}. */
  readonly auth: boolean;
  /** How long the HTTP proxy waits for the head of an answer, in seconds; absent: `answerMs` of the limits. */
  readonly answerTimeout?: number;
}

/** `direct`: the host dials it by itself. */
export type Outside = "direct" | "refuse";

/** The name server. */
export interface DnsEntrance {
  /** `address:port`. The same port is served on every VIP unless the host's loopback is off. */
  readonly listen: string;
}

/** A name and what its password is checked against. */
export interface Access {
  readonly user: string;
  /** 16 random bytes, hexadecimal. */
  readonly salt: string;
  /** PBKDF2 with SHA-256 (RFC 8018), 32 bytes, hexadecimal. */
  readonly hash: string;
}

/** OWASP's minimum for PBKDF2 with SHA-256 takes a third of a second; half as much is bearable on small hosts. */
const ITERATIONS = 300_000;
const encoder = new TextEncoder();

/** What is kept of a name and a password. */
export async function accessOf(user: string, password: string): Promise<Access> {
  const salt = hex(crypto.getRandomValues(new Uint8Array(16)));
  return { user, salt, hash: await derived(password, salt) };
}

/** Whether a name and a password are the right ones. Takes its time; keep the answer. */
export async function mayEnter(access: Access, user: string, password: string): Promise<boolean> {
  const hash = await derived(password, access.salt);
  let difference = user === access.user ? 0 : 1;
  for (let at = 0; at < hash.length; at++) difference |= hash.charCodeAt(at) ^ access.hash.charCodeAt(at);
  return difference === 0;
}

async function derived(password: string, salt: string): Promise<string> {
  const key = await crypto.subtle.importKey("raw", encoder.encode(password), "PBKDF2", false, ["deriveBits"]);
  const settings = { name: "PBKDF2", hash: "SHA-256", salt: encoder.encode(salt), iterations: ITERATIONS };
  return hex(new Uint8Array(await crypto.subtle.deriveBits(settings, key, 256)));
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
