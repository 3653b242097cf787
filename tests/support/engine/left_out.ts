// Which unit tests run on the engine: all of what hosts run, unless they need what hosts do not have.

/** The folders of what runs on hosts, and of what the engine itself gives. */
const FOLDERS: readonly string[] = ["agents/", "core/", "engine/node/", "plugins/", "transports/memory/", "transports/stdio/"];

/** What hosts do not have, and so neither does the engine; a module that is missing there and is not named here is a failure. */
const ABSENT: Readonly<Record<string, string>> = {
  esbuild: "makes agents",
  http: "speaks HTTP with the runtime's own client or server",
  http2: "speaks HTTP with the runtime's own client or server",
  https: "speaks HTTP with the runtime's own client or server",
  module: "loads what the manager alone loads",
  zlib: "packs agents",
};

/** Whether a test file belongs to what hosts run. */
export function isOfHosts(file: string): boolean {
  return FOLDERS.some((folder) => file.startsWith(folder));
}

/** Why a file cannot run on the engine, by what its bundle imports; undefined where it can. */
export function leftOutFor(imports: readonly string[]): string | undefined {
  const name = imports.find((one) => Object.hasOwn(ABSENT, one));
  return name === undefined ? undefined : `${ABSENT[name]} (${name})`;
}
