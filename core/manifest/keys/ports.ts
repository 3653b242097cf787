// One published port from its text.

import { showPlace } from "../../place.ts";
import { quoted } from "../text/visible.ts";
import type { PortMap } from "../types.ts";
import { parsePort, parseSocketPath, parseTargetHost } from "./endpoint.ts";
import { type Parsed, wrong } from "./parsed.ts";

const FORM = "Write 'port:address:port', such as '8080:127.0.0.1:80'";

/** `8080:127.0.0.1:80`, with `[...]` around an IPv6 target and an optional `/tcp`; or `3306:unix:/run/mysqld/mysqld.sock`, with `@name` for an abstract socket. */
export function parsePortMap(text: string): Parsed<PortMap> {
  // A host may have the name "unix"; a port is no path.
  const [, published, path] = /^([^:]*):unix:([/~$@].*)$/.exec(text) ?? [];
  if (published !== undefined && path !== undefined) return parseSocketMap(published, path, text);
  const [map = "", protocol = "tcp", ...rest] = text.split("/");
  if (protocol === "udp" && rest.length === 0) return wrong(`${quoted(text)} asks for UDP, only TCP is served yet`);
  if (protocol !== "tcp" || rest.length > 0) return wrong(`${quoted(text)} does not end in '/tcp' or a port`, FORM);
  const first = map.indexOf(":");
  const last = map.lastIndexOf(":");
  if (first === -1) return wrong(`Port map ${quoted(text)} has no target`, FORM);
  if (first === last) return wrong(`Port map ${quoted(text)} has no target address`, withLoopback(map, first));
  const listen = parsePort(map.slice(0, first), text);
  if ("wrong" in listen) return listen;
  const host = parseTargetHost(map.slice(first + 1, last), text);
  if ("wrong" in host) return host;
  const port = parsePort(map.slice(last + 1), text);
  if ("wrong" in port) return port;
  return { value: { listen: listen.value, protocol: "tcp", target: { host: host.value, port: port.value } } };
}

function parseSocketMap(published: string, written: string, text: string): Parsed<PortMap> {
  const listen = parsePort(published, text);
  if ("wrong" in listen) return listen;
  const path = parseSocketPath(written);
  return "wrong" in path ? path : { value: { listen: listen.value, protocol: "tcp", target: { path: path.value } } };
}

/** The text of a port map; {@link parsePortMap} reads it back. */
export function printPortMap({ listen, target, protocol }: PortMap): string {
  return "path" in target ? `${listen}:${showPlace(target)}` : `${listen}:${showPlace(target)}/${protocol}`;
}

function withLoopback(map: string, colon: number): string {
  return /^\d+:\d+$/.test(map) ? `Write '${map.slice(0, colon)}:127.0.0.1${map.slice(colon)}'` : FORM;
}
