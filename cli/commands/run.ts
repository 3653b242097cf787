// `norouter run`: reads the manifest, starts the manager and shows what happens until it is told to stop.

import { formatDiagnostic, safeJson } from "../../core/manifest/mod.ts";
import { type AgentChoice, ERRORS, type Manager } from "../../core/mod.ts";
import { findingsForJson, type Io, loadManifest } from "../load/io.ts";
import { HANGS_UP } from "../process/hang_up.ts";
import { boundedOutput, type Output, writerOf } from "../process/output.ts";
import { jsonView } from "../ui/json.ts";
import { linesView } from "../ui/lines.ts";
import { tableView } from "../ui/table.ts";
import type { View } from "../ui/view.ts";
import { makeNetwork } from "./run_network.ts";
import { watchManifest } from "./run_reload.ts";

/** What `run` is asked for. */
export interface RunArgs {
  readonly file: string;
  readonly json: boolean;
  readonly debug: boolean;
  /** What the network is called; without it a name is made of the manifest's. */
  readonly name?: string | undefined;
  /** Whether the manifest is applied anew when its file changes. Default: false. */
  readonly watch?: boolean;
  /** False: nobody can ask it anything. Default: true. */
  readonly api?: boolean;
  /** Path of the journal; undefined for the network's own in the user's state folder, false for none. */
  readonly journal?: string | false | undefined;
  /** What hosts are sent whose settings do not say. Default: what suits them. */
  readonly agent?: AgentChoice | undefined;
  /** Lines to show once the network is ready. */
  readonly tips?: readonly string[];
}

/** No runtime takes away ended processes that are not its own children. */
const NO_INIT =
  "norouter is process 1 here, and ended processes of others stay until it ends\n  Start the container with 'docker run --init', or norouter under 'tini'\n";

/**
 * Runs the network of a manifest until a signal, or a program over its API, ends it; returns the exit code.
 * @throws NoRouterError as `apiOf`, `openJournal` and `Manager.apply`
 */
export async function run(args: RunArgs, io: Io): Promise<number> {
  const { file, json } = args;
  const loaded = await loadManifest(file, io);
  const { manifest, diagnostics, code, text } = loaded;
  for (const diagnostic of diagnostics) io.stderr(`${formatDiagnostic(diagnostic)}\n`);
  if (!manifest) {
    if (json) {
      const event = { type: "manifest.invalid", at: Date.now(), code, diagnostics: findingsForJson(diagnostics) };
      io.stdout(`${safeJson(event)}\n`);
    }
    return ERRORS[code].exit;
  }
  const outputs = outputsOf(args);
  if (process.pid === 1) outputs.stderr.write(NO_INIT);
  const view = chooseView(args, { stdout: outputs.stdout.write, stderr: outputs.stderr.write });
  const note = (line: string) => view.note(line);
  const { manager, control, named } = await makeNetwork(loaded, { ...args, view, write: outputs.stdout.write }, io);
  stopOnSignal(manager, outputs.gone, file === "-" ? undefined : () => heard(control.reload()));
  try {
    await named;
    // What is stopped while it begins may never have begun.
    await Promise.race([control.begin(text, { ...loaded, manifest }), manager.closed]);
  } catch (thrown) {
    // It may be stopped before there is anything to stop.
    const isFailure = !manager.isStopping;
    await manager.stop("cannot start");
    if (isFailure) throw thrown;
  }
  const changed = (bytes: Uint8Array) => heard(control.apply(bytes));
  const watch = args.watch ? watchManifest({ file, text, note, changed }) : undefined;
  await manager.closed;
  watch?.close();
  view.close(manager.network);
  const flushed = await Promise.all([outputs.stdout.flushed(), outputs.stderr.flushed()]);
  if (flushed.includes(false) && process.stdout.isTTY) {
    const { removeTemporary } = await import("../../agents/cache.ts");
    removeTemporary();
    endByForce();
  }
  return 0;
}

/** What becomes of the change is told by whoever made the control. */
function heard(change: Promise<unknown>): void {
  change.catch(() => undefined);
}

/** A write to a terminal that was stopped by Ctrl-S goes on until it is started again; an exit in order would wait for it. */
function endByForce(): void {
  process.removeAllListeners("SIGTERM");
  process.kill(process.pid, "SIGTERM");
}

/** Both outputs, and a signal that somebody who read one of them is gone. */
function outputsOf({ json }: RunArgs): { readonly stdout: Output; readonly stderr: Output; readonly gone: AbortSignal } {
  const nobody = new AbortController();
  const gone = () => nobody.abort();
  const line = (count: number) => `${count} lines were left out here: what reads them is too slow, or the disk was full\n`;
  const stderr = boundedOutput(writerOf(process.stderr, 2), { leftOut: line, failed: () => undefined, gone });
  const failed = (message: string) =>
    stderr.write(`Output cannot be written: ${message}\n  The network goes on; what does not fit is left out\n`);
  const leftOut = json ? (lines: number) => `${safeJson({ type: "output.left-out", at: Date.now(), lines })}\n` : line;
  return { stdout: boundedOutput(writerOf(process.stdout, 1), { leftOut, failed, gone }), stderr, gone: nobody.signal };
}

function chooseView({ json, tips = [] }: RunArgs, io: Pick<Io, "stdout" | "stderr">): View {
  if (json) return jsonView(io);
  return process.stdout.isTTY ? tableView(process.stdout, io.stdout, tips) : linesView(io, tips);
}

/** Signals within so many milliseconds are one: some launchers send it to the process and to its group, and go themselves. */
const ONE_SIGNAL_MS = 500;

/**
 * Stops the manager at a signal, or when whoever listens to this process has gone. A second signal ends the process at once. A hang-up
 * stops it where there is a terminal to hang up, and reloads elsewhere.
 */
function stopOnSignal(manager: Manager, outputGone: AbortSignal, reload: (() => void) | undefined): void {
  let stopping = false;
  let askedAt = 0;
  const stop = (reason: string) => {
    if (stopping) return;
    stopping = true;
    askedAt = performance.now();
    void manager.stop(reason);
  };
  for (const signal of ["SIGINT", "SIGTERM", ...(HANGS_UP ? ["SIGHUP" as const] : [])] as const) {
    process.on(signal, () => {
      if (stopping && performance.now() - askedAt > ONE_SIGNAL_MS) process.exit(ERRORS.internal.exit);
      stop(signal);
    });
  }
  if (!HANGS_UP && reload) process.on("SIGHUP", () => void (stopping || reload()));
  process.on("disconnect", () => stop("launcher gone"));
  outputGone.addEventListener("abort", () => stop("output closed"));
  // Of streams that are written to directly, as a terminal is.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => stop("output closed"));
}
