// What peers may do here: what '--allow' says, and nothing else. Reading and asking; pure.

import {
  compilePattern,
  type Destination,
  destinationOf,
  isPattern,
  NoRouterError,
  type Place,
  portRange,
  splitPattern,
} from "../../../core/mod.ts";

/** Things other than targets that can be allowed. */
export const RIGHTS = {
  listen: "listeners on this machine, where the manager says",
  files: "files with names of hosts, and '/etc/hosts'",
  dns: "questions to this machine's name servers",
  code: "plugins' code of the manager",
  run: "commands of the manager",
} as const;

/** One of {@link RIGHTS}. */
export type Right = keyof typeof RIGHTS;

/** Where TCP may go. */
interface TcpRule {
  /** By name, whatever its address is. */
  readonly byName: boolean;
  holds(destination: Destination): boolean;
  fits(port: number): boolean;
}

/** What one peer may do. */
export interface Permissions {
  readonly rights: ReadonlySet<Right>;
  /** For people, such as `127.0.0.1:9000, unix:/run/a.sock`. */
  readonly shown: string;
  mayLookUp(name: string, port: number): boolean;
  mayReach(place: Place, name?: string): boolean;
  /** Whether a command may be run. */
  mayRun(command: string | readonly string[]): boolean;
}

/** A rule, and which peer it is for; undefined: all. */
export interface Rule {
  readonly peer: string | undefined;
  readonly text: string;
}

const PEER = /^([A-Za-z0-9._-]+)=(.*)$/s;
const UNIX = "unix:";
const RUN = "run:";

/** A peer's name before `=`, and what is behind it. */
export function namedOf(text: string): { readonly name: string | undefined; readonly rest: string } {
  const [, name, rest = text] = PEER.exec(text) ?? [];
  return { name, rest };
}

/** Values of '--allow'. @throws NoRouterError `usage` */
export function rulesOf(values: readonly string[]): Rule[] {
  return values.map((value) => {
    const { name, rest } = namedOf(value);
    compiled(rest);
    return { peer: name, text: rest };
  });
}

/** What one peer may do by these rules. */
export function permissionsOf(rules: readonly Rule[], peer: string): Permissions {
  const own = rules.filter((rule) => rule.peer === undefined || rule.peer === peer);
  const all = own.map(({ text }) => compiled(text));
  const tcp = all.flatMap(({ tcp: rule }) => rule ?? []);
  const paths = new Set(all.flatMap(({ path }) => path ?? []));
  const commands = new Set(all.flatMap(({ command }) => command ?? []));
  const rights = new Set(all.flatMap(({ right }) => right ?? []));
  return {
    rights,
    shown: own.length === 0 ? "nothing" : own.map(({ text }) => shown(text)).join(", "),
    mayLookUp: (name, port) => tcp.some((rule) => rule.fits(port) && (!rule.byName || rule.holds(destinationOf(name, port)))),
    mayReach(place, name) {
      if ("path" in place) return paths.has(place.path);
      const { host, port } = place;
      const [address, named] = [destinationOf(host, port), name === undefined ? undefined : destinationOf(name, port)];
      return tcp.some(
        (rule) => rule.fits(port) && (rule.byName ? named !== undefined && rule.holds(named) : rule.holds(address)),
      );
    },
    mayRun: (command) => rights.has("run") || commands.has(lineOf(command) ?? ""),
  };
}

/** A rule as the log has it: of a command the first word, since others may be secrets. */
function shown(text: string): string {
  return text.replace(/^(run:\s*\S+)\s[\s\S]*/, "$1 ...");
}

/** A command as one line; undefined for words that a line would hide the ends of. */
function lineOf(command: string | readonly string[]): string | undefined {
  if (typeof command === "string") return command;
  return command.every((word) => /^\S+$/.test(word)) ? command.join(" ") : undefined;
}

interface Compiled {
  readonly tcp?: TcpRule;
  readonly path?: string;
  readonly command?: string;
  readonly right?: Right;
}

function compiled(text: string): Compiled {
  if (Object.hasOwn(RIGHTS, text)) return { right: text as Right };
  if (text.startsWith(RUN) && text.length > RUN.length) return { command: text.slice(RUN.length) };
  if (/^unix:(?:\/|@.)/.test(text)) return { path: text.slice(UNIX.length) };
  const { what, ports } = splitPattern(text);
  const [low, high] = (ports === "*" ? [1, 65_535] : portRange(ports ?? "")) ?? [];
  if (low === undefined || high === undefined || what === "") return wrong(text);
  const fits = (port: number) => port >= low && port <= high;
  if (what === "*") return { tcp: { byName: false, fits, holds: ({ port }) => fits(port) } };
  const { address, host, bytes } = destinationOf(what, low);
  const bare = address ? `${host}/${(bytes?.length ?? 0) * 8}` : what;
  const pattern = `${bare.includes(":") ? `[${bare}]` : bare}:${low}-${high}`;
  if (!isPattern(pattern)) return wrong(text);
  return { tcp: { byName: !bare.includes("/"), fits, holds: compilePattern(pattern) } };
}

function wrong(text: string): never {
  const words = Object.keys(RIGHTS)
    .map((word) => `'${word}'`)
    .join(", ");
  const wanted = `'127.0.0.1:9000', '10.0.0.0/8:443', 'db.example:5432', '*:80', 'unix:/path', 'run:COMMAND' or one of ${words}`;
  throw new NoRouterError("usage", `'--allow' does not take "${text}"; it takes ${wanted}, maybe with 'PEER=' before it`);
}
