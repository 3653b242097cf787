// A network that has followed many manifests is the same as one that was just started with the last of them: its state, what it
// listens on, the files it keeps and the links it has.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import fc from "fast-check";
import { loadBuiltins } from "../../../cli/builtins.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { isSame } from "../../../core/ledger/same.ts";
import { parseManifest } from "../../../core/manifest/mod.ts";
import {
  type Carrier,
  createAgent,
  createManager,
  type HostContext,
  type HostPart,
  type Manager,
  type Member,
  type NetworkEvent,
  PLUGIN_API,
  type Plugin,
  registerPlugins,
  replay,
} from "../../../core/mod.ts";
import { etcHostsFrontEnd } from "../../../plugins/etc_hosts/host.ts";
import { networkAt, readHistory } from "../../../plugins/journal/history.ts";
import { journalStore } from "../../../plugins/journal/store.ts";
import { memoryPair } from "../../../transports/memory/mod.ts";
import { ONCE } from "../../support/lab.ts";
import { tempDir } from "../../support/lifetime.ts";
import { addressesForTwo, anyNetwork, manifestAt, type NetworkModel, type Site } from "../../support/random_manifests.ts";

/** How many manifests: `NOROUTER_MANIFESTS=1000` for the whole property. */
const RUNS = Number(process.env.NOROUTER_MANIFESTS ?? (ONCE ? 15 : 150));
const LIMITS = { retryMs: 5, retryCapMs: 20, retryLeastMs: 1 };
const AGENT = { version: "test", runtime: "test", pid: process.pid };

/** A network at a site, whose hosts are agents in this process. */
interface World {
  readonly manager: Manager;
  readonly site: Site;
  readonly events: readonly NetworkEvent[];
  /** Agents that run. */
  readonly agents: ReadonlySet<Member>;
  apply(model: NetworkModel): Promise<void>;
}

async function worldAt(site: Site, store?: Parameters<typeof createManager>[0]["store"]): Promise<World> {
  const agents = new Set<Member>();
  const builtins = (await loadBuiltins()).filter(({ name }) => name !== "cmd").map((plugin) => withOwnFile(plugin, site.folder));
  const plugins = [reach(agents, builtins), ...builtins];
  const manager = createManager({ plugins, limits: LIMITS, agent: AGENT, store });
  const events: NetworkEvent[] = [];
  manager.subscribe((batch) => void events.push(...batch));
  const { keys } = registerPlugins(plugins);
  return {
    manager,
    site,
    events,
    agents,
    async apply(model) {
      const { manifest, diagnostics } = parseManifest(manifestAt(model, site), "random", keys);
      assert.ok(manifest, JSON.stringify(diagnostics));
      await manager.apply(manifest);
    },
  };
}

/** The same plugin; the one of /etc/hosts keeps a file for each host, as each would be on a machine of its own. */
function withOwnFile(plugin: Plugin, folder: string): Plugin {
  if (plugin.name !== "etc-hosts") return plugin;
  const { name, api } = plugin;
  const make = (context: HostContext) => etcHostsFrontEnd(join(folder, `hosts-of-${context.self().name}`))(context);
  const part: HostPart = { name, api, setup: (context) => context.frontEnd(make) };
  return { name, api, setup: (context) => plugin.setup(context), host: { load: async () => part } };
}

/** Reaches hosts with a command: agents in this process. A carrier is closed when its agent is gone, as that of a command is. */
function reach(agents: Set<Member>, plugins: readonly Plugin[]): Plugin {
  const open = (): Carrier => {
    const [here, uplink] = memoryPair();
    const gone = Promise.withResolvers<void>();
    const closed = () => {
      agents.delete(agent);
      gone.resolve();
    };
    const agent = createAgent({ plugins, uplink, limits: LIMITS, agent: AGENT, closed });
    agents.add(agent);
    agent.start();
    const close = async () => {
      await here.close();
      await gone.promise;
    };
    return { start: (handlers) => here.start(handlers), write: (parts) => here.write(parts), close };
  };
  return {
    name: "reach",
    api: PLUGIN_API,
    setup: ({ transport }) =>
      transport({ name: "reach", claims: ({ cmd }) => cmd?.[0] === "reach", describe: ({ cmd = [] }) => cmd.join(" "), open }),
  };
}

/** Everything that can be seen of a network, with the site's addresses and folder taken out. */
function seen({ manager, site, agents }: World) {
  const { hosts, routes } = manager.network;
  const nameOf = (id: number | undefined) => (id === undefined ? undefined : hosts.get(id)?.name);
  const state = [...hosts.values()]
    .map(({ id: _, session: _session, private: way, settings, listeners, ...host }) => ({
      ...host,
      settings: JSON.parse(
        JSON.stringify(settings, (key, value: unknown) => (["salt", "hash", "secret"].includes(key) ? "" : value)),
      ),
      transport: way?.transport,
      listeners: [...listeners.values()],
    }))
    .sort((a, b) => compare(a.name, b.name));
  const view = {
    state,
    routes: routes.map((route) => ({ ...route, via: nameOf(route.via) })),
    sockets: socketsOf(site.addresses),
    files: filesIn(site.folder),
    agents: agents.size,
  };
  const shown = JSON.parse(neutral(JSON.stringify(view), site)) as typeof view;
  // By addresses as both sites have them.
  for (const { listeners } of shown.state) listeners.sort((a, b) => compare(a.address, b.address));
  shown.sockets.sort();
  for (const [path, text] of Object.entries(shown.files)) shown.files[path] = text.split("\n").sort(compare).join("\n");
  return shown;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function neutral(text: string, { addresses, folder }: Site): string {
  const numbered = new Map(addresses.map((address, at) => [address, `address-${at}`]));
  return text
    .replaceAll(folder, "folder")
    .replace(/(?<![\d.])127\.\d+\.\d+\.\d+(?!\d|\.\d)/g, (address) => numbered.get(address) ?? address)
    .replace(/ run \d+\.\d+\.\d+\.\d+/g, "");
}

/** What this process listens on at these addresses, as the kernel says it (proc_net_tcp(5)). */
function socketsOf(addresses: readonly string[]): string[] {
  const own = new Set(addresses);
  return (["tcp", "udp"] as const).flatMap((way) =>
    readFileSync(`/proc/self/net/${way}`, "latin1")
      .split("\n")
      .slice(1)
      .flatMap((line) => {
        const [, local = "", , state] = line.trim().split(/\s+/);
        const [hex = "", port = ""] = local.split(":");
        const address = (hex.match(/../g) ?? [])
          .reverse()
          .map((byte) => Number.parseInt(byte, 16))
          .join(".");
        const listens = way === "udp" || state === "0A";
        return listens && own.has(address) ? [`${way} ${address}:${Number.parseInt(port, 16)}`] : [];
      }),
  );
}

/** The lines of files by path, in one order: that of hosts is that of their admission. */
function filesIn(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (path: string) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const at = join(path, entry.name);
      if (entry.isDirectory()) walk(at);
      else
        found[at] = readFileSync(at, "utf8")
          .split(/(?=# BEGIN)/)
          .sort(compare)
          .join("");
    }
  };
  if (existsSync(folder)) walk(folder);
  return found;
}

const ready = ({ manager }: World) => [...manager.network.hosts.values()].every(({ phase }) => phase === "ready");

test(`after each of ${RUNS} random manifests, state, listeners, files and links are those of a fresh start; the journal replays to it`, {
  timeout: 30 * 60_000,
  skip: process.platform === "linux" ? false : "needs /proc",
}, async () => {
  const dir = tempDir("random-manifests");
  const [first, second] = addressesForTwo();
  const site = (name: string, addresses: readonly string[]) => {
    mkdirSync(join(dir.path, name));
    return { addresses, folder: join(dir.path, name) };
  };
  const path = join(dir.path, "journal.jsonl");
  const live = await worldAt(site("live", first), await journalStore({ path, network: "random", limits: { durableEvents: 50 } }));
  const seed = Number(process.env.NOROUTER_SEED ?? Date.now() % 2 ** 31);
  const started = [live];
  try {
    for (const [run, model] of fc.sample(anyNetwork, { numRuns: RUNS, seed }).entries()) {
      const fresh = await worldAt({ addresses: second, folder: join(dir.path, `fresh-${run}`) });
      mkdirSync(fresh.site.folder);
      started.push(fresh);
      await Promise.all([live.apply(model), fresh.apply(model)]);
      await waitFor(() => ready(fresh), { what: "the fresh network", everyMs: 2 });
      const wanted = seen(fresh);
      await waitFor(() => isSame(seen(live), wanted), { what: "the network to be as a fresh one", everyMs: 2 }).catch(() =>
        assert.deepEqual(seen(live), wanted, `manifest ${run} of seed ${seed}: ${manifestAt(model, live.site)}`),
      );
      assert.deepEqual(replay(live.manager.ledger.store), live.manager.network);
      await fresh.manager.stop("test");
      assert.deepEqual([socketsOf(second), filesIn(fresh.site.folder), fresh.agents.size], [[], {}, 0], "left behind");
    }
  } finally {
    await Promise.all(started.map(({ manager }) => manager.stop("test")));
  }
  const ids = live.events.flatMap((event) => (event.type === "host.admitted" ? [event.host] : []));
  assert.equal(new Set(ids).size, ids.length, "an id was used twice");
  assert.deepEqual([socketsOf(first), filesIn(live.site.folder), live.agents.size], [[], {}, 0], "left behind");
  assert.deepEqual(networkAt(readHistory(path), live.manager.ledger.seq), live.manager.network);
  dir.remove();
});
