// What is a port, a target's host, `address:port`.

import { isIpv4, isIpv6, isLocalHost } from "../../address.ts";
import { LAST_PORT } from "../../place.ts";
import { quoted } from "../text/visible.ts";
import { isTargetName } from "./names.ts";
import { type Parsed, type ParseFailure, wrong } from "./parsed.ts";

/** A port number from its digits. */
export function parsePort(digits: string, of: string): Parsed<number> {
  const port = /^\d{1,10}$/.test(digits) ? Number(digits) : Number.NaN;
  if (port >= 1 && port <= LAST_PORT) return { value: port };
  const hint = /^\d+-\d+$/.test(digits) ? "Write each port of the range as an item of its own" : undefined;
  return wrong(`Port ${quoted(digits)} of ${quoted(of)} is not a number from 1 to ${LAST_PORT}`, hint);
}

/** An address or a name, an IPv6 address in brackets; the result is without them. */
export function parseTargetHost(text: string, of: string): Parsed<string> {
  const inner = /^\[(.*)\]$/s.exec(text)?.[1];
  if (inner !== undefined) {
    return isIpv6(inner) ? { value: inner } : wrong(`${quoted(text)} of ${quoted(of)} is not an IPv6 address`);
  }
  if (isIpv6(text)) return wrong(`IPv6 address in ${quoted(of)} stands without brackets`, `Write '[${text}]'`);
  if (isIpv4(text)) return { value: text };
  if (/^[\d.]+$/.test(text)) return wrong(`${quoted(text)} of ${quoted(of)} is not an IPv4 address`);
  return isTargetName(text) ? { value: text } : wrong(`${quoted(text)} of ${quoted(of)} is neither an address nor a name`);
}

/** `address:port` of a proxy, or `unix:` and the path of a socket; "" means none. */
export function parseProxyListen(text: string): Parsed<string> {
  if (text === "") return { value: "" };
  if (!text.startsWith("unix:")) return parseListen(text);
  if (text === "unix:") return wrong("'unix:' has no path", "Write 'unix:/run/user/1000/norouter.sock', for example");
  const path = parseSocketPath(text.slice("unix:".length));
  return "wrong" in path ? path : { value: text };
}

/** What fits into `sun_path` of Linux with its NUL (unix(7)). */
const LONGEST_SOCKET_PATH = 107;

/** The path of a Unix socket, or `@` and the name of an abstract one; `~/` and variables in it are looked up on the host. */
export function parseSocketPath(path: string): Parsed<string> {
  const home = otherHome(path);
  if (home) return home;
  if (path.includes("\0")) return wrong("The path of a socket holds a NUL character");
  if (/\p{Cc}/u.test(path)) return wrong(`The path of a socket ${quoted(path)} holds a control character`);
  if (path === "@") return wrong("'@' is an abstract socket without a name", "Write '@name'");
  const bytes = new TextEncoder().encode(path).length;
  if (bytes <= LONGEST_SOCKET_PATH || /^~|\$/.test(path)) return { value: path };
  const message = `The path of a socket has ${bytes} bytes, ${LONGEST_SOCKET_PATH} are the most that a system takes`;
  return wrong(message, "Name one in a folder with a shorter path");
}

/** Whether only programs of the same machine can connect to a place that {@link parseProxyListen} took. */
export function isLocalListen(listen: string): boolean {
  return listen.startsWith("unix:") || isLocalHost(listen.slice(0, listen.lastIndexOf(":")).replace(/^\[|\]$/g, ""));
}

/** `address:port` that is listened on. */
export function parseListen(text: string): Parsed<string> {
  const split = text.lastIndexOf(":");
  if (split === -1) return wrong(`${quoted(text)} has no port, 'address:port' was wanted`, `Write '127.0.0.1:8080', for example`);
  if (split === 0)
    return wrong(
      `${quoted(text)} has no address, 'address:port' was wanted`,
      `Write '127.0.0.1${text}'; '0.0.0.0${text}' is open to every machine`,
    );
  const host = parseTargetHost(text.slice(0, split), text);
  if ("wrong" in host) return host;
  const port = parsePort(text.slice(split + 1), text);
  return "wrong" in port ? port : { value: text };
}

/** The home of another user, which only a shell finds; without this it would be a folder of that name. */
export function otherHome(path: string): ParseFailure | undefined {
  const [home] = /^~[^/]+/.exec(path) ?? [];
  return home === undefined
    ? undefined
    : wrong(`${quoted(home)} is not looked up`, "Write the path in full, or '~/' for the agent's own user");
}
