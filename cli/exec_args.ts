// The options of `norouter exec`.

import { LAST_PORT } from "../core/place.ts";
import { OUTSIDE } from "../plugins/inside/settings.ts";
import { nearestOf, usage, type Values } from "./options.ts";

/** Options of 'norouter exec'. */
export const EXEC_OPTIONS = ["name", "manifest", "host", "publish", "outside", "check"] as const;

/** A port that is published: on the VIP, and on the program's own 127.0.0.1. */
export interface ExecPort {
  readonly listen: number;
  readonly target: number;
}

/** What 'norouter exec' is given. */
export interface ExecValues {
  /** The program and its arguments. */
  readonly program: readonly string[];
  /** Name of the running network; undefined for the one that runs. */
  readonly name: string | undefined;
  /** Path of a manifest: the program has a network of its own. */
  readonly manifest: string | undefined;
  /** Name of the program's host; undefined for that of the program. */
  readonly host: string | undefined;
  /** `auto`: all that it listens on. */
  readonly publish: readonly ExecPort[] | "auto";
  readonly outside: (typeof OUTSIDE)[number];
  readonly debug: boolean;
  /** No program is run: it is only tried whether one could be. */
  readonly check: boolean;
  readonly json: boolean;
}

/** The options of 'norouter exec'. @throws NoRouterError `usage` */
export function execValues(values: Values, program: readonly string[]): ExecValues {
  const { name, manifest, host, publish = "auto", outside = "direct", debug, check, json } = values;
  if (check && program.length > 0) return usage("'--check' runs no program, so none is named");
  if (json && !check) return usage("'norouter exec' has '--json' with '--check' alone");
  if (program.length === 0 && !check)
    return usage("'norouter exec' wants a program behind '--', such as 'norouter exec -- curl http://web:8080'");
  if (manifest !== undefined && name !== undefined) return usage("'--manifest' and '--name' exclude each other");
  const known = OUTSIDE.find((one) => one === outside);
  if (!known) {
    const wanted = OUTSIDE.map((one) => `'${one}'`).join(", ");
    return usage(`'--outside' wants one of ${wanted}, not "${outside}"${nearestOf(outside, OUTSIDE)}`);
  }
  return {
    program,
    name,
    manifest,
    host,
    publish: publish === "auto" ? publish : portsIn(publish),
    outside: known,
    debug,
    check,
    json,
  };
}

function portsIn(text: string): ExecPort[] {
  return (text === "none" ? [] : text.split(",")).map((word) => {
    const [, listen = "", target = listen] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(word.trim()) ?? [];
    const port = { listen: Number(listen), target: Number(target) };
    if (listen !== "" && [port.listen, port.target].every((one) => one >= 1 && one <= LAST_PORT)) return port;
    return usage(`'--publish' wants 'auto', 'none' or ports such as '80,8080:3000', not "${word}"`);
  });
}
