// Runs a file of a clone on a machine that may have nothing but Node 20 and npm: installs what is missing, then
// picks a Node that runs TypeScript. Plain JavaScript, because it is what runs before anything else can.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundledNode = join(root, "node_modules", "node24", "bin", "node");

/** Runs a TypeScript file of this clone in place of the present program. */
export async function runFile(file, args) {
  installWhatIsMissing();
  const path = resolve(root, file);
  if (runsTypeScript()) {
    process.argv = [process.argv[0], path, ...args];
    await import(pathToFileURL(path).href);
    return;
  }
  const child = spawn(bundledNode, [path, ...args], { stdio: ["inherit", "inherit", "inherit", "ipc"] });
  // A terminal sends these two to the child as well, and a second one means "at once"; losing its launcher is enough.
  for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => child.connected && child.disconnect());
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
}

/** npm's launchers (npx, npm start) pass no SIGTERM on: what they started leaves when they are gone. */
export function leaveWithLauncher() {
  if (!process.env.npm_command) return;
  const launcher = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === launcher) return;
    clearInterval(watch); // a second signal would mean "at once"
    process.kill(process.pid, "SIGTERM");
  }, 500);
  watch.unref();
}

/** Types are taken out by Node itself from 22.18 and 23.6 on. */
function runsTypeScript() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
}

/** `npm install` when there are no modules, or older ones than the lock file wants. */
function installWhatIsMissing() {
  const installed = join(root, "node_modules", ".package-lock.json");
  const lock = join(root, "package-lock.json");
  const fresh = existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs;
  if (fresh || (existsSync(installed) && sameVersions(installed, lock))) return;
  process.stderr.write("Installing what is missing (npm install) ...\n");
  const npm = spawnSync("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (npm.status === 0) return;
  process.stderr.write("norouter: 'npm install' failed; its messages are above\n");
  process.exit(69);
}

/** Everything that is installed has the version of the lock file, and nothing that every machine needs is missing. */
function sameVersions(installedFile, lockFile) {
  const installed = JSON.parse(readFileSync(installedFile, "utf8")).packages;
  const { "": _, ...wanted } = JSON.parse(readFileSync(lockFile, "utf8")).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) =>
    installed[path] ? installed[path].version === version : optional,
  );
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [, , file, ...args] = process.argv;
  leaveWithLauncher();
  await runFile(file, args);
}
