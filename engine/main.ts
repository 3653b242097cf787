// The command `npm run engine`.
//
//   npm run engine                             the programs for which there is a compiler, into engine/packages
//   npm run engine -- --platform linux-arm64   one of them
//   npm run engine -- --out FOLDER             into a folder of each platform's name in there
//   npm run engine -- --sanitize               a program that looks for errors in itself, into FOLDER/checked
//   npm run engine -- --work FOLDER            keeps there what later builds use again
//   npm run engine -- --modules FOLDER         with other modules than those of engine/node

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { ENGINE_INPUTS, engineName } from "../agents/platform.ts";
import { messageOf, NoRouterError } from "../core/errors.ts";
import { ENGINE_PLATFORMS, type EnginePlatform } from "../core/plugin/agent_source.ts";
import { type BuildOptions, buildChecked, buildEngine, ENGINE, engineInputs, whyNoBuild } from "./build.ts";
import { HOW_TO_INSTALL } from "./run.ts";

const NAMES = ENGINE_PLATFORMS.map(engineName);

const note = (line: string) => process.stderr.write(`${line}\n`);

function wrong(what: string): never {
  note(what);
  process.exit(64);
}

function read() {
  try {
    const { values } = parseArgs({
      options: {
        platform: { type: "string", multiple: true },
        out: { type: "string", default: join(ENGINE, "packages") },
        work: { type: "string" },
        modules: { type: "string" },
        sanitize: { type: "boolean", default: false },
      },
    });
    return values;
  } catch (error) {
    return wrong(messageOf(error));
  }
}

function wantedPlatforms(names: readonly string[]): EnginePlatform[] {
  const stranger = names.find((name) => !NAMES.includes(name));
  if (stranger !== undefined) wrong(`There is no platform "${stranger}"; there are ${NAMES.join(", ")}`);
  return ENGINE_PLATFORMS.filter((platform) => names.includes(engineName(platform)));
}

function say(folder: string): void {
  const path = join(folder, "engine");
  const bytes = readFileSync(path);
  const sum = createHash("sha256").update(bytes).digest("hex");
  note(`${path}: ${bytes.length} bytes, SHA-256 ${sum}`);
}

async function buildAll(): Promise<void> {
  const values = read();
  const options: BuildOptions = {
    note,
    ...(values.work === undefined ? {} : { work: resolve(values.work) }),
    ...(values.modules === undefined ? {} : { modules: resolve(values.modules) }),
  };
  const out = resolve(values.out);
  if (values.sanitize) {
    const folder = join(out, "checked");
    await buildChecked(folder, options);
    return say(folder);
  }
  let built = 0;
  for (const platform of wantedPlatforms(values.platform ?? NAMES)) {
    const why = values.platform === undefined ? await whyNoBuild(platform) : undefined;
    if (why === undefined) {
      await buildOne(platform, join(out, engineName(platform)), options);
      built += 1;
    } else note(`${why}: left out`);
  }
  if (built === 0) throw new NoRouterError("agent-unavailable", `No engine was built; ${HOW_TO_INSTALL}`);
}

async function buildOne(platform: EnginePlatform, folder: string, options: BuildOptions): Promise<void> {
  const inputs = await engineInputs();
  await buildEngine(platform, folder, options);
  if (options.modules === undefined) writeFileSync(join(folder, ENGINE_INPUTS), inputs);
  say(folder);
}

try {
  await buildAll();
} catch (thrown) {
  note(messageOf(thrown));
  process.exitCode = 69;
}
