// Starts a 'norouter serve' with a secret of its own, and says what a manifest has of it.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../conformance/support/wait.ts";
import { type Child, startChild } from "./child.ts";
import { programArgv } from "./cli.ts";
import { tempDir } from "./lifetime.ts";

/** How it is started. */
export interface ServeOptions {
  readonly program?: readonly string[];
  /** Values of '--allow'. */
  readonly allow?: readonly string[];
  /** Default: a port of 127.0.0.1 that the system gives. */
  readonly listen?: string;
  /** A file that is there already; default: one that is made. */
  readonly secretFile?: string;
  /** Words beside these. */
  readonly words?: readonly string[];
}

/** A 'norouter serve' that listens. */
export interface Serve {
  readonly child: Child;
  readonly pid: number;
  /** Where it listens. */
  readonly address: string;
  /** What stands at a host's key. */
  readonly tls: { readonly address: string; readonly secretFile: string };
  /** All that it has printed. */
  log(): string;
  stop(): Promise<void>;
}

/** A secret, as long as those that are made. */
const SECRET = "c2VjcmV0LW9mLWEtdGVzdC1vZi1ub3JvdXRlci0xMjM";

/** Starts one; resolves when it listens. */
export async function startServe({
  program = programArgv(),
  allow = [],
  listen,
  secretFile,
  words = [],
}: ServeOptions = {}): Promise<Serve> {
  const folder = secretFile === undefined ? tempDir("serve") : undefined;
  const file = secretFile ?? join(folder?.path ?? "", "secret");
  if (folder) writeFileSync(file, `${SECRET}\n`, { mode: 0o600 });
  const allowed = allow.flatMap((rule) => ["--allow", rule]);
  const argv = [...program, "serve", "--listen", listen ?? "127.0.0.1:0", "--secret-file", file, ...allowed, ...words];
  const child = await startChild(argv);
  let [printed, over] = ["", false];
  child.process.stdout?.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  void child.exited.then(() => {
    over = true;
  });
  const found = () => /^listening on (\S+)$/m.exec(printed)?.[1];
  await waitFor(() => over || found() !== undefined, { what: "serve to listen" });
  const address = found();
  if (address === undefined) throw new Error(`'norouter serve' ended: ${printed}${child.stderr()}`);
  return {
    child,
    pid: child.pid,
    address,
    tls: { address, secretFile: file },
    log: () => printed,
    async stop() {
      await child.stop();
      folder?.remove();
    },
  };
}
