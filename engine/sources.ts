// The sources that the engine is built of: fetched when it is built, and never put into this tree.

import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./run.ts";

const SCRIPT = fileURLToPath(new URL("debian_source.sh", import.meta.url));

/** A file of Debian's pool, and the folder in it. */
export interface Source {
  readonly version: string;
  /** Below the root of a mirror. */
  readonly path: string;
  readonly sha256: string;
  readonly folder: string;
}

/**
 * As their authors published them, without Debian's patches. Those of musl mend `iconv` (CVE-2025-26519), which the engine does not
 * use, so that the linker leaves it out. QuickJS is of Debian 13; musl 1.2.4 is the first that asks for long DNS answers by TCP.
 */
export const SOURCES: Readonly<Record<"quickjs" | "musl", Source>> = {
  quickjs: {
    version: "2025-04-26",
    path: "pool/main/q/quickjs/quickjs_2025.04.26.orig.tar.xz",
    sha256: "ec81da5b3249ed648dbc7df4a1654988910e66a118d9b71cb63534216efcfbbe",
    folder: "quickjs-2025.04.26",
  },
  musl: {
    version: "1.2.5",
    path: "pool/main/m/musl/musl_1.2.5.orig.tar.gz",
    sha256: "a9a118bbe84d8764da0ea0d28b3ab3fae8477fc7e4085d90102b8596fc7c75e4",
    folder: "musl-1.2.5",
  },
};

/**
 * The folder of a source below `work`, fetched and unpacked if it is not there.
 * @throws NoRouterError `agent-unavailable` without apt, its mirror or tar
 */
export async function sourceFolder({ path, sha256, folder }: Source, work: string): Promise<string> {
  const place = join(work, `${folder}-${sha256.slice(0, 16)}`);
  if (existsSync(place)) return place;
  const archive = join(work, path.split("/").at(-1) as string);
  const unpacked = `${place}.${process.pid}`;
  await mkdir(unpacked, { recursive: true });
  try {
    await run(SCRIPT, [path, sha256, archive]);
    await run("tar", ["-xf", archive, "-C", unpacked, "--strip-components=1"]);
    await putInPlace(unpacked, place);
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
  return place;
}

/** Gives a finished folder its name; that of another process that was quicker is as good. */
export async function putInPlace(finished: string, place: string): Promise<void> {
  try {
    await rename(finished, place);
  } catch (thrown) {
    if (!existsSync(place)) throw thrown;
  }
}
