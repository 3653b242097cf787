// A network with its journal, as `run` keeps it: taken up after a kill, and done without where it cannot be had.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, afterEach, test } from "node:test";
import { readContents } from "../../plugins/journal/read.ts";
import { runToEnd } from "../support/child.ts";
import { PROJECT, programArgv } from "../support/cli.ts";
import { vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { type Network, startNetwork } from "../support/network.ts";

const SLOW = { timeout: 60_000 };
const dir = tempDir("journal-run");
const networks: Network[] = [];
afterEach(async () => {
  for (const network of networks.splice(0)) await network.stop();
});
after(() => dir.remove());
const hosts = (...names: string[]) => ({ hosts: Object.fromEntries(names.map((name, at) => [name, { vip: vip(at + 1) }])) });

/** Starts a network of these hosts whose state is in a folder; it is ready. */
async function started(state: string, names: readonly string[], ...args: string[]): Promise<Network> {
  const network = await startNetwork({ manifest: hosts(...names), args, env: { XDG_STATE_HOME: `${dir.path}/${state}` } });
  networks.push(network);
  await network.ready();
  return network;
}

const journalOf = (state: string, name: string) => `${dir.path}/${state}/norouter/${name}.jsonl`;
const idsIn = (path: string) => {
  const { snapshot, events } = readContents(path, readFileSync(path));
  assert.equal(snapshot.seq, 0);
  return Object.fromEntries(events.flatMap((event) => (event.type === "host.admitted" ? [[event.name, event.host]] : [])));
};

test("a manager that was killed takes up ids and names from the journal of its name", SLOW, async () => {
  const first = await started("kept", ["a", "b", "c"], "--name", "lab");
  first.kill("SIGKILL");
  await first.exited;
  const second = await started("kept", ["c", "d", "a"], "--name", "lab");
  const path = journalOf("kept", "lab");
  assert.deepEqual(idsIn(path), { a: 1, b: 2, c: 3, d: 4 });
  const { id } = await second.event("network.opened").then(({ network }) => ({ id: network }));
  assert.equal(id, (await first.event("network.opened")).network);
  assert.ok(Number((await second.event("network.opened")).seq) > Number(first.events.findLast(({ seq }) => seq)?.seq));
  await first.stop();
  await second.stop();
  const shown = await runToEnd([...programArgv(), "replay", path], { cwd: PROJECT });
  assert.match(shown.stdout, /\nplugins {2}cmd, docker, /);
  assert.match(shown.stdout, /\n1 {2}a .*\n4 {2}d .*|\n3 {2}c .*/);
});

test("--journal names another place, --no-journal none, and one of the two is enough", SLOW, async () => {
  const path = `${dir.path}/own.jsonl`;
  const network = await started("named", ["a"], "--journal", path);
  await network.stop();
  assert.deepEqual(idsIn(path), { a: 1 });
  await (await started("named", ["a"], "--no-journal")).stop();
  assert.equal(existsSync(journalOf("named", "manifest")), false);
  const manifest = `${dir.path}/other.yaml`;
  writeFileSync(manifest, JSON.stringify(hosts("a")));
  const other = await runToEnd([...programArgv(), "run", "--journal", path, manifest], { cwd: PROJECT });
  assert.equal(other.code, 65);
  assert.match(other.stderr, /norouter: Journal .* is of the network "manifest", not of "other"/);
});

test(
  "without a journal that nobody asked for the network runs and says so in a line; with the option it is an error",
  SLOW,
  async () => {
    const state = `${dir.path}/denied`;
    mkdirSync(`${state}/norouter`, { recursive: true });
    writeFileSync(journalOf("denied", "manifest"), "no journal\n");
    const network = await started("denied", ["a"]);
    assert.match(network.stderr(), /^No journal is kept: .*manifest\.jsonl is not a journal\n$/);
    const manifest = network.manifestPath;
    const env = { XDG_STATE_HOME: state };
    const failing = await runToEnd([...programArgv(), "run", "--journal", journalOf("denied", "manifest"), manifest], {
      cwd: PROJECT,
      env,
    });
    assert.equal(failing.code, 65);
    assert.match(failing.stderr, /norouter: .*manifest\.jsonl is not a journal/);
    await network.stop();
  },
);

test("a second writer goes on without, or is refused where the journal was asked for", SLOW, async () => {
  const path = journalOf("shared", "lab");
  const first = await started("shared", ["a"], "--name", "lab", "--no-api");
  const second = await started("shared", ["a"], "--name", "lab", "--no-api");
  assert.match(second.stderr(), new RegExp(`^No journal is kept: Journal .*lab.jsonl is in use by process ${first.pid}\n`));
  await second.stop();
  const third = await startNetwork({ manifest: hosts("a"), args: ["--name", "lab", "--no-api", "--journal", path] });
  assert.equal((await third.exited).code, 69);
  await third.stop();
  await first.stop();
});

test("a folder that cannot be had costs the journal alone", SLOW, async () => {
  writeFileSync(`${dir.path}/closed`, "a file");
  const network = await started("closed", ["a"], "--no-api");
  assert.match(network.stderr(), /^No journal is kept: .*closed.*\n$/);
});
