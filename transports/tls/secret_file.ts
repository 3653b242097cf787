// Reads the file with a shared secret, and makes one. Must not let the secret into a message.

import { randomBytes } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { NoRouterError } from "../../core/mod.ts";
import { LEAST_DIFFERENT, LEAST_SECRET_BYTES, MADE_SECRET_BYTES, MOST_SECRET_BYTES } from "./limits.ts";

/** How a secret is made, for messages. */
export const HOW_TO_MAKE = "'openssl rand -base64 32' makes a good one, and so does 'norouter serve' where the file is missing";

const [OF_OTHERS, OF_ANYONE] = [0o077, 0o007];

/** An absolute path; `~/` at its start is the user's home. */
export function pathOf(path: string): string {
  return resolve(path.replace(/^~(?=\/|$)/, () => process.env.HOME ?? homedir()));
}

/**
 * The secret, without white space around it.
 * @throws NoRouterError `settings-refused` for a file that is missing or holds no good secret, `access-denied` for one that others may
 *   read or change
 */
export async function readSecret(file: string): Promise<Buffer> {
  const text = await readPrivate(pathOf(file), "secret file", MOST_SECRET_BYTES);
  const secret = Buffer.from(text.toString("latin1").trim(), "latin1");
  const refuse = (what: string): never => {
    throw new NoRouterError("settings-refused", `Secret file "${file}" ${what}; ${HOW_TO_MAKE}`);
  };
  if (secret.length < LEAST_SECRET_BYTES) refuse(`has ${secret.length} bytes; at least ${LEAST_SECRET_BYTES} were wanted`);
  if (new Set(secret).size < LEAST_DIFFERENT) refuse("repeats a few characters and is easy to guess");
  return secret;
}

/** Makes the file with a new secret, and its folder, for its own user alone. @returns False when it is there already @throws NoRouterError `file-failed` */
export async function makeSecret(file: string): Promise<boolean> {
  const path = pathOf(file);
  const failed = (thrown: unknown): never => {
    const why = (thrown as { code?: string }).code ?? String(thrown);
    throw new NoRouterError("file-failed", `Secret file "${file}" cannot be made: ${why}`, { cause: thrown });
  };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch(failed);
  try {
    const handle = await open(path, "wx", 0o600);
    try {
      await handle.writeFile(`${randomBytes(MADE_SECRET_BYTES).toString("base64url")}\n`);
    } finally {
      await handle.close();
    }
    return true;
  } catch (thrown) {
    return (thrown as { code?: string }).code === "EEXIST" ? false : failed(thrown);
  }
}

/**
 * The bytes of a file that nobody but its user may read, as ssh wants it of keys.
 * @throws NoRouterError as {@link readSecret}
 */
export async function readPrivate(path: string, what: string, most: number): Promise<Buffer> {
  const handle = await open(path, "r").catch((thrown: unknown) => {
    const { code } = thrown as { code?: string };
    if (code === "ENOENT") throw new NoRouterError("settings-refused", `There is no ${what} "${path}"`, { cause: thrown });
    throw new NoRouterError("access-denied", `The ${what} "${path}" cannot be read: ${code ?? String(thrown)}`, {
      cause: thrown,
    });
  });
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new NoRouterError("settings-refused", `The ${what} "${path}" is a folder`);
    const { mode, uid, size } = stat;
    checkRights(path, what, { mode, uid });
    if (size > most) throw new NoRouterError("settings-refused", `The ${what} "${path}" has more than ${most} bytes`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** What belongs to root may be open to a group, as a service manager hands it out. */
function checkRights(path: string, what: string, { mode, uid }: { readonly mode: number; readonly uid: number }): void {
  const own = process.getuid?.();
  if (own === undefined) return;
  const refuse = (why: string): never => {
    throw new NoRouterError("access-denied", `The ${what} "${path}" ${why}`);
  };
  if (uid !== own && uid !== 0) refuse(`belongs to another user (${uid})`);
  if ((mode & (uid === own ? OF_OTHERS : OF_ANYONE)) !== 0) refuse(`is open to other users; 'chmod 600' closes it`);
}
