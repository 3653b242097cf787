// `norouter run`: reads the manifest, starts the manager and shows what happens until it is told to stop.

import { codeLoader } from "../../agents/code_loader.ts";
import { formatDiagnostic, safeJson } from "../../core/manifest/mod.ts";
import {
  createControl,
  createManager,
  ERRORS,
  type HostId,
  type Manager,
  type OwnControl,
  type StartProgress,
} from "../../core/mod.ts";
import { apiOf } from "../load/api.ts";
import { isLeftOut } from "../load/choose_plugins.ts";
import { findingsForJson, type Io, type LoadedManifest, loadManifest } from "../load/io.ts";
import { readerFor } from "../load/read_again.ts";
import { HANGS_UP } from "../process/hang_up.ts";
import { boundedOutput, type Output, writerOf } from "../process/output.ts";
import { ownInfo } from "../process/runtime.ts";
import { jsonView } from "../ui/json.ts";
import { linesView } from "../ui/lines.ts";
import { tableView } from "../ui/table.ts";
import type { View } from "../ui/view.ts";

/** What `run` is asked for. */
export interface RunArgs {
  readonly file: string;
  readonly json: boolean;
  readonly debug: boolean;
  /** What the network is called; without it a name is made of the manifest's. */
  readonly name?: string | undefined;
  /** False: nobody can ask it anything. Default: true. */
  readonly api?: boolean;
  /** Lines to show once the network is ready. */
  readonly tips?: readonly string[];
}

/** No runtime takes away ended processes that are not its own children. */
const NO_INIT =
  "norouter is process 1 here, and ended processes of others stay until it ends\n  Start the container with 'docker run --init', or norouter under 'tini'\n";

/** Runs the network of a manifest until a signal; returns the exit code. */
export async function run(args: RunArgs, io: Io): Promise<number> {
  const loaded = await loadManifest(args.file, io);
  const { manifest, diagnostics, code } = loaded;
  for (const diagnostic of diagnostics) io.stderr(`${formatDiagnostic(diagnostic)}\n`);
  if (!manifest) {
    if (args.json) {
      const event = { type: "manifest.invalid", at: Date.now(), code, diagnostics: findingsForJson(diagnostics) };
      io.stdout(`${safeJson(event)}\n`);
    }
    return ERRORS[code].exit;
  }
  const outputs = outputsOf(args);
  if (process.pid === 1) outputs.stderr.write(NO_INIT);
  const view = chooseView(args, { stdout: outputs.stdout.write, stderr: outputs.stderr.write });
  const debug = args.debug ? (line: string) => view.note(line) : () => undefined;
  const { agentSource } = await import("../../agents/mod.ts");
  const agents = agentSource({ note: (line) => view.note(line) });
  const progress = (host: HostId, step: StartProgress) => view.progress(host, step);
  const isQuiet = args.api === false || isLeftOut("api", loaded.entries);
  const api = isQuiet ? undefined : await apiOf(args, { debug, note: (line) => view.note(line) });
  const plugins = api ? [...loaded.plugins, api.plugin] : loaded.plugins;
  const common = { agent: ownInfo(), agents, codeLoader: codeLoader(), progress, debug };
  const { hostCode, folder } = loaded;
  const manager = createManager({ plugins, hostCode, folder, limits: manifest.limits, ...common });
  manager.subscribe((events, network) => view.show(events, network));
  const isAsked = stopOnSignal(manager, outputs.gone);
  const control = controlOf(manager, args.file, { loaded, io, debug });
  try {
    await api?.named;
    await control.begin(loaded.text, { ...loaded, manifest });
  } catch (thrown) {
    // A signal may come before there is anything to stop.
    const isFailure = !isAsked();
    await manager.stop("cannot start");
    if (isFailure) throw thrown;
  }
  await manager.closed;
  view.close(manager.network);
  const flushed = await Promise.all([outputs.stdout.flushed(), outputs.stderr.flushed()]);
  if (flushed.includes(false) && process.stdout.isTTY) {
    const { removeTemporary } = await import("../../agents/cache.ts");
    removeTemporary();
    endByForce();
  }
  return 0;
}

/** The one way in to the network; a manifest on standard input is read once. */
function controlOf(
  manager: Manager,
  file: string,
  { loaded, io, debug }: { readonly loaded: LoadedManifest; readonly io: Io; readonly debug: (line: string) => void },
): OwnControl {
  return createControl({
    manager,
    read: readerFor(loaded.entries, loaded.keys),
    manifest: file === "-" ? { file: "standard input" } : { file, load: () => io.readInput(file) },
    explain: async (question) => (await import("./explain.ts")).explainLive(question),
    debug,
  });
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

/**
 * Stops the manager at a signal, or when whoever listens to this process has gone. A second signal ends the process at once.
 * @returns what tells whether that has begun
 */
function stopOnSignal(manager: Manager, outputGone: AbortSignal): () => boolean {
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
      // Some launchers send a signal to the process and to its group, and go themselves: what comes within moments is one.
      if (stopping && performance.now() - askedAt > 500) process.exit(ERRORS.internal.exit);
      stop(signal);
    });
  }
  process.on("disconnect", () => stop("launcher gone"));
  outputGone.addEventListener("abort", () => stop("output closed"));
  // Of streams that are written to directly, as a terminal is.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => stop("output closed"));
  return () => stopping;
}
