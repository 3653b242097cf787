// Files' paths and their `file:` addresses.

import { coded, invalidArgType } from "../errors.ts";
import { resolve } from "../path.ts";
import { URL } from "./url.ts";

/** The path of a `file:` URL. @throws CodedError for other URLs, hosts, and slashes that are percent-encoded */
export function fileURLToPath(address: string | URL): string {
  if (typeof address !== "string" && !(address instanceof URL)) {
    throw invalidArgType("path", "of type string or an instance of URL", address);
  }
  const { protocol, hostname, pathname } = new URL(address);
  if (protocol !== "file:") throw coded("ERR_INVALID_URL_SCHEME", "The URL must be of scheme file", TypeError);
  if (hostname !== "")
    throw coded("ERR_INVALID_FILE_URL_HOST", `File URL host must be "localhost" or empty on ${process.platform}`, TypeError);
  if (/%2f/i.test(pathname))
    throw coded("ERR_INVALID_FILE_URL_PATH", "File URL path must not include encoded / characters", TypeError);
  return decodeURIComponent(pathname);
}

/** The `file:` URL of a path, which is resolved. A slash at its end stays. */
export function pathToFileURL(path: string): URL {
  if (typeof path !== "string") throw invalidArgType("path", "of type string", path);
  const whole = resolve(path) + (path.endsWith("/") && resolve(path) !== "/" ? "/" : "");
  const special: Readonly<Record<string, string>> = {
    "%": "%25",
    "\\": "%5C",
    "\n": "%0A",
    "\r": "%0D",
    "\t": "%09",
    "?": "%3F",
    "#": "%23",
  };
  return new URL(`file://${whole.replace(/[%\\\n\r\t?#]/g, (one) => special[one] ?? one)}`);
}
