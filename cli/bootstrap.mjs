// Runs a file of a clone on a machine that may have nothing but Node 20 and npm: installs what is missing, then
// picks a Node that runs TypeScript. Plain JavaScript, because it is what runs before anything else can.

import { spawn } from "node:child_process";
import { accessSync, existsSync, mkdirSync, mkdtempSync, constants as modes, readFileSync, rmSync } from "node:fs";
import { constants, homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundledNode = join(root, "node_modules", "node24", "bin", "node");
/** What npm writes down of what it has installed. */
const INSTALLED = "node_modules/.package-lock.json";

/** Runs a TypeScript file of this clone in place of the present program; with `dev` all tools of development are there. */
export async function runFile(file, args, dev = false) {
  const tools = dev ? Object.keys(readJson("package.json").devDependencies) : TOOLS_TO_RUN;
  if (!(await installTools(tools))) {
    process.stderr.write(
      "norouter: 'npm install' failed, or gave other bytes than the lock file names; its messages are above\n",
    );
    process.exit(69);
  }
  const path = resolve(root, file);
  if (runsTypeScript()) {
    process.argv = [process.argv[0], path, ...args];
    await import(pathToFileURL(path).href);
    return;
  }
  const child = spawn(bundledNode, [path, ...args], { stdio: ["inherit", "inherit", "inherit", "ipc"] });
  // A terminal sends this one to the child as well, and a second one means "at once"; losing its launcher is enough.
  process.on("SIGINT", () => child.connected && child.disconnect());
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
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

/**
 * Development dependencies that running a clone needs: what makes an agent of the sources, and a Node where this one is too
 * old. Whatever else is wanted when a program runs is named to `installTools`.
 */
const TOOLS_TO_RUN = runsTypeScript() ? ["esbuild"] : ["esbuild", "node24"];

/**
 * Installs what is missing of the product's own dependencies and of the development dependencies that are named. What is
 * installed already stays.
 * @returns whether all of it is there, as the lock file has it
 */
export async function installTools(tools) {
  const wanted = readJson("package-lock.json").packages;
  if (fits(wanted, tools)) return true;
  const all = Object.keys(wanted[""].devDependencies);
  const names = all.filter((name) => tools.includes(name) || isInstalled(name));
  const dev = names.length === all.length;
  process.stderr.write(`Installing what is missing (npm install${dev ? "" : " --omit=dev"}) ...\n`);
  // A package that is named is not compared with the lock file by npm, so nothing of it runs before that is done here.
  const specs = dev ? ["--include=dev"] : ["--omit=dev", "--save-prod", ...names.map((name) => specOf(name, wanted))];
  const done = (await npm("install", "--no-save", "--ignore-scripts", ...specs)) && fits(wanted, names, false);
  if (!done || !(await npm("rebuild"))) return false;
  // The headers of a Node, and a second name of its program.
  for (const name of ["node22", "node24"])
    rmSync(join(root, "node_modules", name, "node_modules"), { recursive: true, force: true });
  return fits(wanted, tools);
}

/** What is installed is what the lock file has, and neither a dependency of the product nor a tool is missing. */
function fits(wanted, tools, built = true) {
  const installed = installedPackages();
  const same = Object.entries(wanted).every(([path, { version, integrity, dev, optional, link }]) => {
    const found = installed[path];
    if (found) return found.version === version && (found.integrity ?? integrity) === integrity;
    // The packages of engines are the clone's own, and are found there.
    return !path.startsWith("node_modules/") || link || dev || optional;
  });
  const present = tools.every(isInstalled);
  return same && present && !(built && tools.includes("node24") && !existsSync(bundledNode));
}

function isInstalled(name) {
  return installedPackages()[`node_modules/${name}`] !== undefined;
}

function installedPackages() {
  return existsSync(join(root, INSTALLED)) ? readJson(INSTALLED).packages : {};
}

function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

/** A dependency as npm takes it: by its own name or by an alias, in the version of the lock file. */
function specOf(name, wanted) {
  const { name: alias, version } = wanted[`node_modules/${name}`];
  return alias === undefined ? `${name}@${version}` : `${name}@npm:${alias}@${version}`;
}

/** Runs npm in the clone and tells whether it ended well. */
function npm(...words) {
  const temporary = npmCanCache() ? undefined : mkdtempSync(join(tmpdir(), "norouter-npm-"));
  const env = temporary ? { ...process.env, npm_config_cache: temporary } : process.env;
  const args = [...words, "--no-audit", "--no-fund", "--loglevel=error"];
  const child = spawn("npm", args, { cwd: root, env, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  return new Promise((ended) => {
    child.on("error", () => ended(false));
    child.on("close", (code) => ended(code === 0));
  }).finally(() => temporary && rmSync(temporary, { recursive: true, force: true }));
}

/** Whether npm can write to its cache, without which it installs nothing. */
function npmCanCache() {
  try {
    const cache = process.env.npm_config_cache ?? join(homedir(), ".npm");
    mkdirSync(cache, { recursive: true });
    accessSync(cache, modes.W_OK);
    return true;
  } catch {
    return false;
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const dev = process.argv[2] === "--dev";
  const [file, ...args] = process.argv.slice(dev ? 3 : 2);
  leaveWithLauncher();
  await runFile(file, args, dev);
}
