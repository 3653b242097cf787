// Who owns a socket, from what the manifest says to the numbers of the host.

import { readFileSync } from "node:fs";
import { NoRouterError } from "../../core/mod.ts";
import { systemCodeOf } from "../support/files.ts";
import type { SocketOwner } from "../support/unix_socket.ts";

/** The largest number of a user or group; the next one means "as it is" to chown(2). */
const LAST_ID = 0xffff_fffe;

/**
 * The numbers of `user`, `user:group` or `:group`. Names are those of /etc/passwd and /etc/group alone.
 * @throws NoRouterError `address-denied` for a name that is not there
 */
export function ownerOf(text: string): SocketOwner {
  const [user = "", group = ""] = text.split(":");
  return {
    text,
    ...(user === "" ? {} : { uid: idOf(user, "user", "/etc/passwd") }),
    ...(group === "" ? {} : { gid: idOf(group, "group", "/etc/group") }),
  };
}

function idOf(name: string, what: "user" | "group", file: string): number {
  const id = /^\d+$/.test(name) ? Number(name) : numberIn(file, name);
  if (id !== undefined && id <= LAST_ID) return id;
  throw new NoRouterError("address-denied", `There is no ${what} '${name}' in ${file}; name another, or its number`);
}

/** The third field of the line that begins with a name (passwd(5), group(5)). */
function numberIn(file: string, name: string): number | undefined {
  const line = linesOf(file).find((one) => one.startsWith(`${name}:`));
  const digits = line?.split(":")[2] ?? "";
  return /^\d+$/.test(digits) ? Number(digits) : undefined;
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return [];
    throw thrown;
  }
}
