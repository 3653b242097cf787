// What is copied: the engine and the script for a container's platform, as one archive, under a name of its own.

import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { type AgentSource, type EnginePlatform, shortHash } from "../../../core/mod.ts";
import { bytesOf } from "../agent_bytes.ts";
import { UNUSED_MINUTES } from "../install/names.ts";
import { tarOf } from "./tar.ts";

/** An agent for a container. */
export interface Parts {
  /** Tells this script and engine from others: 16 hexadecimal digits. */
  readonly name: string;
  /** The folder above that of the files, without a slash at its end. */
  readonly place: string;
  /** Words that start the agent where the files are in place. */
  readonly command: readonly string[];
  /** Words that remove older copies. */
  readonly tidy: readonly string[];
  /** The files as an archive, with gzip; made when it is asked for. */
  archive(): Promise<Uint8Array>;
}

/**
 * Runs on the engine, since a container without a shell has no `rm`. It removes nothing unless the folder and the copy belong to its own
 * user, cannot be written to by others, and are not links: no other user can have put there what is found. Within a copy it removes
 * only files of ours, and the copy if nothing else is left. The time of the last change tells when a copy was put there.
 */
const TIDY = `import { lstatSync, readdirSync, rmdirSync, unlinkSync } from "node:fs";
import process from "node:process";
const [, , place, own, age] = process.argv;
const isOwn = (one) => one.isDirectory() && one.uid === process.getuid() && (one.mode & 0o022) === 0;
process.chdir(place);
const [here, there] = [lstatSync("."), lstatSync(place)];
const names = isOwn(there) && here.ino === there.ino && here.dev === there.dev ? readdirSync(".") : [];
for (const name of names.filter((one) => /^[0-9a-f]{16}$/.test(one) && one !== own)) {
  const copy = lstatSync(name);
  if (!isOwn(copy) || Date.now() - copy.ctimeMs < Number(age)) continue;
  const files = readdirSync(name).filter((one) => /^(engine|tidy\\.mjs|agent\\.mjs(\\.compiled(\\.[0-9]+)?)?)$/.test(one));
  for (const file of files) unlinkSync(name + "/" + file);
  if (readdirSync(name).length === 0) rmdirSync(name);
}
`;

/** The agent for a platform. @throws NoRouterError `agent-unavailable` */
export async function partsFor(agents: AgentSource, platform: EnginePlatform, place: string): Promise<Parts> {
  const [engine, script] = await Promise.all([agents.engine(platform), agents.script()]);
  const name = shortHash(createHash("sha256").update(`${engine.sha256} ${script.sha256}`).digest("hex"));
  const folder = `${place}/${name}`;
  return {
    name,
    place,
    command: [`${folder}/engine`, `${folder}/agent.mjs`, "agent"],
    tidy: [`${folder}/engine`, `${folder}/tidy.mjs`, place, name, `${UNUSED_MINUTES * 60_000}`],
    archive: async () => {
      const tidy = { path: "tidy.mjs", mode: 0o644, bytes: new TextEncoder().encode(TIDY) };
      const agent = { path: "agent.mjs", mode: 0o644, bytes: await bytesOf(script) };
      // The engine comes last: where it can be started, all else is there.
      const files = [tidy, agent, { path: "engine", mode: 0o755, bytes: await bytesOf(engine) }];
      const folders = [place, folder].map((path) => ({ path: path.slice(1), mode: 0o755 }));
      return promisify(gzip)(tarOf([...folders, ...files.map((file) => ({ ...file, path: `${folder.slice(1)}/${file.path}` }))]));
    },
  };
}
