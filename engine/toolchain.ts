// Compilers, and how the engine's parts are compiled: musl and QuickJS once for each compiler, the rest for each build.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { engineName } from "../agents/platform.ts";
import { NoRouterError } from "../core/errors.ts";
import { type EnginePlatform, hasEngine } from "../core/plugin/agent_source.ts";
import { mend } from "./mend.ts";
import { MUSL_MENDS } from "./musl_mends.ts";
import { QUICKJS_MENDS } from "./quickjs_mends.ts";
import { run } from "./run.ts";
import { putInPlace, SOURCES, sourceFolder } from "./sources.ts";

/** What processors are called by GNU's tools and by musl. */
const PROCESSORS = {
  x64: { tools: "x86_64-linux-gnu-", musl: "x86_64" },
  arm64: { tools: "aarch64-linux-gnu-", musl: "aarch64" },
} as const;

function processorOf(platform: EnginePlatform) {
  if (hasEngine(platform)) return PROCESSORS[platform.arch as keyof typeof PROCESSORS];
  throw new NoRouterError("agent-unavailable", `There is no engine for ${engineName(platform)}`);
}

/** What the names of a platform's tools begin with; empty for the machine's own. */
export function toolPrefix(platform: EnginePlatform): string {
  const own = process.platform === platform.os && process.arch === platform.arch;
  return own ? "" : processorOf(platform).tools;
}

/** The C compiler of a platform. */
export const compilerOf = (platform: EnginePlatform): string => `${toolPrefix(platform)}gcc`;

/** Whole numbers wrap and memory has any type, as QuickJS wants it. */
const LANGUAGE = ["-std=gnu11", "-D_GNU_SOURCE", "-fwrapv", "-fno-strict-aliasing", "-funsigned-char"];
const SMALL = [
  ...["-Os", "-ffunction-sections", "-fdata-sections", "-fno-pie", "-fno-stack-protector"],
  ...["-fno-asynchronous-unwind-tables", "-fno-ident"],
];
/**
 * Of what interprets bytecode: an agent takes an eighth less time of its own, and is 28 KB larger when packed; with `-O2` it would be
 * 79 KB, and no quicker.
 */
const QUICK = [
  "-O1",
  "-finline-small-functions",
  ...["functions", "loops", "jumps", "labels"].map((what) => `-falign-${what}=1`),
];
/** One thread of old processors and new ones alike; libgcc would ask the system at the start which it is. */
const PLAIN_ATOMICS = "-mno-outline-atomics";
/** `-fno-sanitize-recover` ends the program at the first report. */
const CHECKED = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];
/** What QuickJS does that is undefined and does no harm: it copies no bytes from nowhere. */
const ALLOWED = "-fno-sanitize=nonnull-attribute";
const MENDS = fileURLToPath(new URL("host/quickjs_mends.h", import.meta.url));
const INTERPRETER = "quickjs.c";
const QUICKJS_FILES = ["libregexp.c", "libunicode.c", "cutils.c", "dtoa.c"];

/** How a program is compiled and linked. */
export interface Toolchain {
  readonly compiler: string;
  /** Of the compiler. */
  readonly flags: readonly string[];
  /** What is linked before and after the program's own objects. */
  readonly start: readonly string[];
  readonly end: readonly string[];
  /** The folder of QuickJS's source, for its header. */
  readonly quickjs: string;
  readonly objects: readonly string[];
}

/** The toolchain of a platform: with musl, for small static programs. What is not in `work` is built there. */
export async function toolchain(platform: EnginePlatform, work: string, note: (line: string) => void): Promise<Toolchain> {
  const compiler = compilerOf(platform);
  const version = await run(compiler, ["--version"]);
  await sourceFolder(SOURCES.quickjs, work); // before half a minute of work, as it may not be had
  const libc = await buildMusl(platform, version, work, note);
  const own = (await run(compiler, ["-print-file-name=include"])).trim();
  const library = (name: string) => join(libc, "lib", name);
  const flags = [
    ...[...LANGUAGE, ...SMALL, ...(platform.arch === "arm64" ? [PLAIN_ATOMICS] : [])],
    ...["-nostdinc", "-isystem", join(libc, "include"), "-isystem", own],
  ];
  const key = digestOf(version, [...LANGUAGE, ...SMALL].join(" "), SOURCES.musl.sha256);
  return {
    compiler,
    flags,
    start: ["-static", "-nostdlib", "-no-pie", "-s", "-Wl,--gc-sections,--build-id=none", library("crt1.o"), library("crti.o")],
    end: [library("libc.a"), "-lgcc", library("crtn.o")],
    ...(await buildQuickjs({ compiler, flags, quick: QUICK, name: `${engineName(platform)}-${key}` }, work, note)),
  };
}

/** The toolchain of a program that looks for errors in itself: with the machine's own C library. */
export async function checkedToolchain(work: string, note: (line: string) => void): Promise<Toolchain> {
  const compiler = "gcc";
  const flags = [...LANGUAGE, ...CHECKED, "-DENGINE_CHECKED"];
  const name = `checked-${digestOf(await run(compiler, ["--version"]), flags.join(" "), ALLOWED)}`;
  const built = await buildQuickjs({ compiler, flags: [...flags, ALLOWED], quick: [], name }, work, note);
  return { compiler, flags, start: CHECKED, end: ["-lm", "-lpthread"], ...built };
}

const digestOf = (...parts: readonly string[]): string =>
  createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 16);

async function buildMusl(platform: EnginePlatform, version: string, work: string, note: (line: string) => void) {
  const place = join(work, `musl-${engineName(platform)}-${digestOf(version, SOURCES.musl.sha256, JSON.stringify(MUSL_MENDS))}`);
  if (existsSync(place)) return place;
  const source = await sourceFolder(SOURCES.musl, work);
  note(`Building musl ${SOURCES.musl.version} for ${engineName(platform)}`);
  const making = `${place}.${process.pid}`;
  const prefix = toolPrefix(platform);
  const env = { CC: compilerOf(platform), CROSS_COMPILE: prefix };
  const target = prefix === "" ? [] : [`--target=${processorOf(platform).musl}`]; // it would look for tools of that name
  try {
    await mkdir(join(making, "build"), { recursive: true });
    await cp(source, join(making, "source"), { recursive: true });
    for (const [file, mends] of Object.entries(MUSL_MENDS))
      await writeFile(join(making, "source", file), mend(file, await readFile(join(source, file), "utf8"), mends));
    const words = ["--disable-shared", ...target, `--prefix=${making}/installed`];
    await run(join(making, "source", "configure"), words, { cwd: join(making, "build"), env });
    await run("make", [`-j${availableParallelism()}`, "install-libs", "install-headers"], { cwd: join(making, "build"), env });
    await putInPlace(join(making, "installed"), place);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return place;
}

interface Quickjs {
  readonly compiler: string;
  readonly flags: readonly string[];
  /** Added for the interpreter. */
  readonly quick: readonly string[];
  /** Of this compiler and these flags. */
  readonly name: string;
}

async function buildQuickjs({ compiler, flags, quick, name }: Quickjs, work: string, note: (line: string) => void) {
  const quickjs = await sourceFolder(SOURCES.quickjs, work);
  const mends = `${await readFile(MENDS, "utf8")}${JSON.stringify(QUICKJS_MENDS)}`;
  const place = join(work, `quickjs-${name}-${digestOf(SOURCES.quickjs.sha256, mends, quick.join(" "))}`);
  const objects = [INTERPRETER, ...QUICKJS_FILES].map((file) => join(place, file.replace(/c$/, "o")));
  if (existsSync(place)) return { quickjs, objects };
  note(`Building QuickJS ${SOURCES.quickjs.version} with ${compiler}`);
  const making = `${place}.${process.pid}`;
  try {
    await mkdir(making);
    await writeFile(
      join(making, INTERPRETER),
      mend(INTERPRETER, await readFile(join(quickjs, INTERPRETER), "utf8"), QUICKJS_MENDS),
    );
    const words = [...flags, "-w", "-include", MENDS, `-DCONFIG_VERSION="${SOURCES.quickjs.version}"`];
    const included = [`-I${quickjs}`, `-ffile-prefix-map=${quickjs}=.`];
    await Promise.all([
      compile({ compiler, flags: [...words, ...included, ...quick], folder: making, files: [INTERPRETER], out: making }),
      compile({ compiler, flags: words, folder: quickjs, files: QUICKJS_FILES, out: making }),
    ]);
    await putInPlace(making, place);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return { quickjs, objects };
}

/** Files of a folder that are compiled alike. */
export interface Compilation {
  readonly compiler: string;
  readonly flags: readonly string[];
  readonly folder: string;
  readonly files: readonly string[];
  /** The folder of the objects. */
  readonly out: string;
}

/** Compiles files, several at once, and returns their objects. The folder's own path is in none of them. */
export async function compile({ compiler, flags, folder, files, out }: Compilation): Promise<string[]> {
  await mkdir(out, { recursive: true });
  const words = [...flags, `-ffile-prefix-map=${folder}=.`, "-c"];
  const objectOf = (file: string) => join(out, basename(file).replace(/c$/, "o"));
  const left = [...files];
  const work = async () => {
    for (let file = left.shift(); file !== undefined; file = left.shift())
      await run(compiler, [...words, relative(folder, join(folder, file)), "-o", objectOf(file)], { cwd: folder });
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return files.map(objectOf);
}
