// `npm start`: a network of three hosts on this machine, to look at and to try with curl. Two of them are agents of
// their own, each with a web server, and where the system allows it each in its own network namespace, so that
// nothing but norouter joins them.

import { spawnSync } from "node:child_process";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { run } from "../cli/commands/run.ts";
import { serveHello } from "./hello.ts";

const PORT = 8080;
const PROXY = "127.0.0.1:18080";

interface Host {
  readonly name: string;
  readonly vip: string;
  /** What its web server asks when it is asked for /neighbour. */
  readonly neighbour: string;
}

const WEB: Host = { name: "web", vip: "127.0.42.101", neighbour: `http://127.0.42.102:${PORT}/` };
const DB: Host = { name: "db", vip: "127.0.42.102", neighbour: `http://127.0.42.101:${PORT}/` };

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const runtime = process.versions.deno ? [process.execPath, "run", "-A", "--node-modules-dir=manual"] : [process.execPath];
const agent = [...runtime, here("../cli/main.ts")];

/** User namespaces work here, and there is `ip` to bring a loopback interface up. */
function hasNamespaces(): boolean {
  const trial = ["--user", "--map-root-user", "--net", "--pid", "--fork", "--", "ip", "link", "set", "lo", "up"];
  return process.platform === "linux" && spawnSync("unshare", trial, { stdio: "ignore" }).status === 0;
}

/** A host in a namespace of its own: its web server starts the agent, and they end together. */
function isolated({ name, vip, neighbour }: Host): string {
  const words = ["sh", here("namespace_host.sh"), ...runtime, here("hello.ts"), name, "80", neighbour, ...agent];
  return entry(name, vip, words, 80);
}

/** A host on this machine's own network: its web server runs in this process, and the VIPs are this process's to serve. */
async function shared({ name, vip, neighbour }: Host): Promise<string> {
  const server = await serveHello(name, 0, neighbour);
  return `${entry(name, vip, agent, (server.address() as AddressInfo).port)}    loopback: { disable: true }\n`;
}

function entry(name: string, vip: string, cmd: readonly string[], port: number): string {
  return `  ${name}:\n    vip: "${vip}"\n    cmd: ${JSON.stringify(cmd)}\n    ports: ["${PORT}:127.0.0.1:${port}"]\n    stateDir: { disable: true }\n`;
}

const own = hasNamespaces();
const entries = own ? [isolated(WEB), isolated(DB)] : [await shared(WEB), await shared(DB)];
const local = `  local:\n    vip: "127.0.42.100"\n    http: { listen: "${PROXY}" }\n`;
const manifest = `hosts:\n${local}${entries.join("")}`;
const io = {
  stdout: (text: string) => void process.stdout.write(text),
  stderr: (text: string) => void process.stderr.write(text),
  readInput: async () => new TextEncoder().encode(manifest),
};
const tips = [
  own ? "Each host has a network of its own; try from another terminal:" : "Try from another terminal:",
  `  curl http://${WEB.vip}:${PORT}/`,
  `  curl http://${DB.vip}:${PORT}/`,
  `  curl http://${WEB.vip}:${PORT}/neighbour     web asks db, through the network`,
  `  curl --proxy http://${PROXY} http://db:${PORT}/     by name`,
];
const json = process.argv.includes("--json");
if (!json) io.stdout(`The manifest of this network:\n\n${manifest}\n`);
const debug = process.argv.includes("--debug");
process.exit(await run({ file: "quickstart.yaml", json, debug, journal: false, tips }, io));
