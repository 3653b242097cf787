// What all transports have in common whose tool runs a shell on the host: the manifest key, the tool's process, the
// agent that is sent, and the tool's own words for what went wrong. A transport adds its argv and its words.

import { execFile } from "node:child_process";
import {
  type CarrierEnd,
  ERRORS,
  type ErrorCode,
  NoRouterError,
  PLUGIN_API,
  type Plugin,
  type SettingsSchema,
  type TransportRequest,
} from "../../core/mod.ts";
import { withAgent } from "./install/install.ts";
import { processCarrier } from "./process_carrier.ts";

/** What a tool says when something is wrong, and what it means. */
export interface ToolFailure {
  /** Found in the last lines of standard error, joined by line ends. */
  readonly says: RegExp;
  readonly code: ErrorCode;
  /** The sentence; `$1`, `$2` are the groups of `says`. Default: the meaning of the code. */
  readonly message?: string;
}

/** One way to reach a host's shell. */
export interface ShellTransport<S> {
  /** Name of the plugin, the transport and the host's key in the manifest. */
  readonly name: string;
  /** One sentence on the key. */
  readonly description: string;
  readonly settings: SettingsSchema<S>;
  /** Words of the command that runs `command` on the host with its standard streams; the first is the tool. */
  argv(settings: S, command: readonly string[], tool: Tool): readonly string[] | Promise<readonly string[]>;
  /** The way as people read it, without secrets. */
  describe(settings: S): string;
  /** In order: the first that fits is what happened. */
  readonly failures: readonly ToolFailure[];
  /** Added to the tool's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the tool itself, such as to look something up. */
export interface Tool {
  /**
   * Standard output of a command, at most 1 MiB.
   * @throws NoRouterError what the transport's failures make of it, else `agent-failed`
   */
  output(argv: readonly string[]): Promise<string>;
}

/** The plugin of such a transport. */
export function shellTransport<S>(transport: ShellTransport<S>): Plugin {
  const { name, description, settings: schema } = transport;
  const settingsOf = (settings: Readonly<Record<string, unknown>>) => settings[name] as S;
  return {
    name,
    api: PLUGIN_API,
    setup: (context) =>
      context.transport({
        name,
        hostKey: { name, description, schema },
        claims: (settings) => settings[name] !== undefined,
        describe: (settings) => transport.describe(settingsOf(settings)),
        open: async (request) => {
          const { limits, debug } = request;
          const tool = toolOf(transport, request);
          const argv = await transport.argv(settingsOf(request.settings), ["sh"], tool);
          const explain = (end: CarrierEnd) => explained(transport, argv, end);
          const env = transport.env ? { env: transport.env } : {};
          return withAgent(processCarrier({ argv, limits, debug, explain, ...env }), request, explain);
        },
      }),
  };
}

/** What a tool's end means, if it is known. */
export function explained(
  { failures }: Pick<ShellTransport<never>, "failures">,
  [tool = ""]: readonly string[],
  { error, stderr }: CarrierEnd,
): NoRouterError | undefined {
  if (error?.code === "agent-not-found") return new NoRouterError("tool-missing", `"${tool}" is not installed on this machine`);
  const said = stderr.join("\n");
  for (const { says, code, message } of failures) {
    const found = says.exec(said);
    if (found)
      return new NoRouterError(
        code,
        (message ?? ERRORS[code].meaning).replace(/\$(\d)/g, (_, at: string) => found[Number(at)] ?? ""),
      );
  }
  return error;
}

function toolOf(transport: Pick<ShellTransport<never>, "failures" | "env">, { limits, signal }: TransportRequest): Tool {
  return {
    output: ([program = "", ...args]) =>
      new Promise((resolve, reject) => {
        const options = { timeout: limits.helloMs, signal, env: { ...process.env, ...transport.env } };
        execFile(program, args, options, (error, stdout, stderr) => {
          if (!error) return resolve(stdout);
          const missing = error.code === "ENOENT" ? { error: new NoRouterError("agent-not-found") } : {};
          const end = { stderr: stderr.trim().split("\n").slice(-limits.stderrLines), ...missing };
          reject(explained(transport, [program], end) ?? new NoRouterError("agent-failed", end.stderr.at(-1) ?? String(error)));
        });
      }),
  };
}
