// The sources that the engine is built of: fetched when it is built, and never put into this tree.

import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NoRouterError } from "../core/errors.ts";
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

/** A fault of a released source, and what stands there in the copy that is compiled. */
export interface Mend {
  readonly file: string;
  /** A part of the file that is in it once. */
  readonly wrong: string;
  readonly right: string;
}

export const QUICKJS_MENDS: readonly Mend[] = [
  {
    // Without memory for its arguments, a call of an async function is freed, and yet the next collection would look at it.
    file: "quickjs.c",
    wrong: "    if (!sf->arg_buf) {\n        js_free(ctx, s);\n",
    right: "    if (!sf->arg_buf) {\n        remove_gc_object(&s->header);\n        js_free(ctx, s);\n",
  },
  {
    // Without memory for its name, a closure is made all the same, and nothing is thrown.
    file: "quickjs.c",
    wrong: `static void js_function_set_properties(JSContext *ctx, JSValueConst func_obj,
                                       JSAtom name, int len)
{
    /* ES6 feature non compatible with ES5.1: length is configurable */
    JS_DefinePropertyValue(ctx, func_obj, JS_ATOM_length, JS_NewInt32(ctx, len),
                           JS_PROP_CONFIGURABLE);
    JS_DefinePropertyValue(ctx, func_obj, JS_ATOM_name,
                           JS_AtomToString(ctx, name), JS_PROP_CONFIGURABLE);
}`,
    right: `static int js_function_set_properties(JSContext *ctx, JSValueConst func_obj,
                                      JSAtom name, int len)
{
    JSValue text;
    if (JS_DefinePropertyValue(ctx, func_obj, JS_ATOM_length, JS_NewInt32(ctx, len),
                               JS_PROP_CONFIGURABLE) < 0)
        return -1;
    text = JS_AtomToString(ctx, name);
    if (JS_IsException(text))
        return -1;
    return JS_DefinePropertyValue(ctx, func_obj, JS_ATOM_name, text, JS_PROP_CONFIGURABLE);
}`,
  },
  {
    file: "quickjs.c",
    wrong: `    js_function_set_properties(ctx, func_obj, name_atom,
                               b->defined_arg_count);
`,
    right: `    if (js_function_set_properties(ctx, func_obj, name_atom,
                                   b->defined_arg_count) < 0)
        goto fail;
`,
  },
];

/**
 * The text of a source's file, with its faults mended.
 * @throws NoRouterError `agent-unavailable` where the text is another one
 */
export async function mended(folder: string, file: string): Promise<string> {
  let text = await readFile(join(folder, file), "utf8");
  for (const { wrong, right } of QUICKJS_MENDS.filter((mend) => mend.file === file)) {
    if (text.split(wrong).length !== 2) throw new NoRouterError("agent-unavailable", `"${file}" is not the text that is known`);
    text = text.replace(wrong, () => right);
  }
  return text;
}

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
