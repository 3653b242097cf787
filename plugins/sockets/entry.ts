// One item of the key `sockets`: what may stand there. Pure.

import {
  type Parsed,
  parsePort,
  parseSocketPath,
  parseTargetHost,
  quoted,
  settingsOf,
  type TableSchema,
  wrong,
} from "../../core/manifest/keys/mod.ts";
import type { SocketSettings } from "./settings.ts";

const FORM = "Write 'PATH -> HOST:PORT', such as '/run/user/1000/docker.sock -> build:2375'";

/** An item that is a mapping. */
export const entrySchema: TableSchema<SocketSettings> = settingsOf({
  fields: {
    path: {
      type: "text",
      parse: parsePath,
      description:
        "Path of the socket on the host; '~' and variables in it are those of the agent. '@' and a name: an abstract socket of Linux.",
      required: true,
      examples: ["/run/user/1000/docker.sock"],
    },
    to: {
      type: "text",
      parse: parseDestination,
      description: "Where it leads: a host of the network or a destination of a route, and a port.",
      required: true,
      examples: ["build:2375"],
    },
    mode: {
      pattern: /0?[0-7]{3}/,
      wanted: 'three octal digits, such as "0660",',
      description: "Who may connect, as in chmod; absent: '0600', the agent's user alone.",
      examples: ["0660"],
    },
    owner: {
      type: "name or number",
      pattern: /[\w.][\w.-]*\$?(:[\w.][\w.-]*\$?)?|:[\w.][\w.-]*\$?/,
      wanted: "'user', 'user:group' or ':group'",
      description: "Whose it is, 'user', 'user:group' or ':group', names or numbers of the host; absent: the agent's user.",
      examples: ["root:docker"],
    },
  },
});

/** `PATH -> HOST:PORT`. */
export function parseEntry(text: string): Parsed<SocketSettings> {
  const [, written, place] = /^(.*?)\s*->\s*(\S*)$/s.exec(text.trim()) ?? [];
  if (written === undefined || place === undefined) return wrong(`${quoted(text)} has no '->'`, FORM);
  const path = parsePath(written);
  if ("wrong" in path) return path;
  const to = parseDestination(place);
  return "wrong" in to ? to : { value: { path: path.value, to: to.value } };
}

function parsePath(path: string): Parsed<string> {
  if (path === "") return wrong("A socket has no path", FORM);
  if (path.startsWith("unix:"))
    return wrong(`Path ${quoted(path)} begins with 'unix:'`, `Write '${path.replace(/^unix:(\/\/)?/, "")}'`);
  if (!/^[/~$@]/.test(path))
    return wrong(`Path ${quoted(path)} of a socket is not absolute`, "Begin it with '/', '~/' or a variable");
  if (path.endsWith("/")) return wrong(`Path ${quoted(path)} of a socket names a folder`, FORM);
  return parseSocketPath(path);
}

function parseDestination(text: string): Parsed<string> {
  const colon = text.lastIndexOf(":");
  if (colon <= 0) return wrong(`${quoted(text)} is no 'host:port'`, FORM);
  const host = parseTargetHost(text.slice(0, colon), text);
  if ("wrong" in host) return host;
  const port = parsePort(text.slice(colon + 1), text);
  return "wrong" in port ? port : { value: text };
}
