// What a command asks of a running network, and how the answer, or the refusal, is printed. Must not know what is asked.

import { type Diagnostic, formatDiagnostic, safeJson } from "../../core/manifest/mod.ts";
import { ERRORS, NoRouterError } from "../../core/mod.ts";
import { type ApiRequest, networkNamed, RefusedRequest, request } from "../../plugins/api/client.ts";
import type { Io } from "./io.ts";

/** What every command that asks a network is told. */
export interface AskingArgs {
  /** Name of the network; undefined for the one that runs. */
  readonly name: string | undefined;
  /** The answer as one JSON document, or an error as one. */
  readonly json: boolean;
}

type Printing = Pick<Io, "stdout" | "stderr">;

/**
 * Asks a network, prints the answer and returns the exit code.
 * @param linesOf The answer in lines for people.
 * @param exitOf The exit code for an answer. Default: 0.
 * @throws NoRouterError what the network refuses with, `no-network`, or `usage` when several run
 */
export async function askNetwork<T>(
  { name, json }: AskingArgs,
  asked: ApiRequest,
  io: Printing,
  linesOf: (answer: T, network: string) => readonly string[],
  exitOf: (answer: T) => number = () => 0,
): Promise<number> {
  return orRefused(json, io, async () => {
    const network = await networkNamed(name);
    const { body } = await request(network.path, asked);
    if (json) io.stdout(`${safeJson(body, 2)}\n`);
    else for (const line of linesOf(body as T, network.name)) io.stdout(`${line}\n`);
    return exitOf(body as T);
  });
}

/** Does what a command does, and prints the error that it ends with. @throws as {@link refused} */
export async function orRefused(json: boolean, io: Printing, perform: () => Promise<number>): Promise<number> {
  try {
    return await perform();
  } catch (thrown) {
    return refused(thrown, json, io);
  }
}

/** Prints an error that a command ends with; one without findings is thrown, as it is explained in one place for all commands. */
function refused(thrown: unknown, json: boolean, io: Printing): number {
  if (!(thrown instanceof NoRouterError)) throw thrown;
  const { code, message } = thrown;
  const answer = thrown instanceof RefusedRequest ? thrown.answer : { code, message, advice: ERRORS[code].advice };
  if (json) io.stdout(`${safeJson({ error: answer }, 2)}\n`);
  const findings = (answer.diagnostics ?? []) as readonly Diagnostic[];
  if (findings.length === 0) throw thrown;
  for (const finding of findings) io.stderr(`${formatDiagnostic(finding)}\n`);
  io.stderr("Nothing has changed\n");
  return ERRORS[code].exit;
}
