// How a password is checked without being kept.

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

/** What is being made for a name and a password, so that hosts that share them wait for it once. */
const making = new Map<string, Promise<Access>>();

/**
 * What is kept of a name and a password, given what was kept before: the same while they are the same, so that clients that were
 * let in stay so.
 */
export function keptAccess(user: string, password: string, before: Access | undefined): Promise<Access> {
  const key = JSON.stringify([user, password, before]);
  const running = making.get(key);
  if (running !== undefined) return running;
  const made = accessAfter(user, password, before).finally(() => making.delete(key));
  making.set(key, made);
  return made;
}

async function accessAfter(user: string, password: string, before: Access | undefined): Promise<Access> {
  return before && (await mayEnter(before, user, password)) ? before : accessOf(user, password);
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
