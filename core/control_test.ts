// The one way in: layers of a manifest and of hosts that were added, changes one after the other, and observers that harm nobody.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanly, type InProcess, type InProcessOptions, type inProcess } from "../conformance/in_process.ts";
import { waitFor } from "../conformance/support/wait.ts";
import { createControl, type OwnControl } from "./control.ts";
import { NoRouterError } from "./errors.ts";
import { parseManifest } from "./manifest/mod.ts";
import type { Observer } from "./plugin/observer.ts";

const LOCAL = 'local: { vip: "127.0.42.100" }';
const manifest = (...hosts: string[]) => `hosts:\n${[LOCAL, ...hosts].map((host) => `  ${host}\n`).join("")}`;
const web = 'web: { vip: "127.0.42.101", cmd: [web] }';
const spec = (last: number, more = "") => `{ vip: "127.0.42.${last}", cmd: [some]${more} }`;

interface Made {
  readonly world: InProcess;
  readonly control: OwnControl;
  readonly names: () => string[];
  /** What the manifest's file holds. */
  file: string;
}

async function running(make: typeof inProcess, options: Partial<InProcessOptions> = {}, begin = manifest(web)): Promise<Made> {
  const world = make({ hosts: [], ...options });
  const debug = (line: string) => void (world.debug as string[]).push(line);
  const made: Made = {
    world,
    file: begin,
    names: () => [...control.network.hosts.values()].map(({ name }) => name),
    get control() {
      return control;
    },
  };
  const read = ({ text, file, added }: Parameters<Parameters<typeof createControl>[0]["read"]>[0]) =>
    parseManifest(text, file, {}, added);
  const load = async () => new TextEncoder().encode(made.file);
  const control = createControl({ manager: world.manager, read, manifest: { file: "net.yaml", load }, debug });
  const checked = parseManifest(begin, "net.yaml");
  assert.ok(checked.manifest);
  await control.begin(begin, { ...checked, manifest: checked.manifest });
  return made;
}

test(
  "a host that is added is checked with the manifest, survives a reload and can be removed",
  cleanly(async (make) => {
    const made = await running(make);
    const { control, names } = made;
    const { events } = await control.add({ name: "db", text: spec(102) });
    assert.deepEqual(
      events.map(({ type, by }) => [type, by]),
      [["host.admitted", "user"]],
    );
    assert.deepEqual([control.layerOf("db"), control.layerOf("web")], ["added", "manifest"]);
    made.file = manifest('other: { vip: "127.0.42.103", cmd: [other] }');
    await control.reload();
    assert.deepEqual(names(), ["local", "db", "other"]);
    await assert.rejects(control.remove("other"), { code: "command-refused", message: /in the manifest/ });
    await assert.rejects(control.add({ name: "other", text: spec(105) }), { code: "command-refused" });
    await assert.rejects(control.remove("nobody"), { code: "no-host" });
    await control.remove("db");
    assert.deepEqual(names(), ["local", "other"]);
  }),
);

test(
  "a wrong host, manifest or file is refused with its findings at their places, and nothing changes",
  cleanly(async (make) => {
    const made = await running(make);
    const { control, names } = made;
    await made.world.settled();
    const { seq } = control;
    const taken = await control.add({ name: "db", text: 'cmd: [db]\nvip: "127.0.42.101"\n' });
    assert.equal(taken.refused, "manifest-invalid");
    const [finding] = taken.diagnostics;
    assert.deepEqual([finding?.file, finding?.line, finding?.text], ["host 'db'", 2, 'vip: "127.0.42.101"']);
    assert.match(finding?.message ?? "", /of host 'db' is already that of host 'web' on line 3/);
    const broken = await control.add({ name: "db", text: 'cmd: [db]\nvip: "127.0\n' });
    assert.equal(broken.refused, "manifest-invalid");
    assert.deepEqual(broken.diagnostics[0]?.file, "host 'db'");
    assert.equal((await control.apply("hosts: {}")).refused, "manifest-invalid");
    made.file = "hosts: [";
    assert.equal((await control.reload()).refused, "manifest-invalid");
    assert.deepEqual([control.seq, names()], [seq, ["local", "web"]]);
  }),
);

test(
  "the template holds for hosts that are added, and a host that the manifest has by now is the manifest's",
  cleanly(async (make) => {
    const begin = `hostTemplate: { ports: ["9:127.0.0.1:9"] }\n${manifest()}`;
    const made = await running(make, {}, begin);
    const { control, names } = made;
    await control.add({ name: "db", text: spec(102, ', ports: ["80:127.0.0.1:80"]') });
    assert.deepEqual(
      [...control.network.hosts.values()].find(({ name }) => name === "db")?.ports.map(({ listen }) => listen),
      [9, 80],
    );
    made.file = manifest('db: { vip: "127.0.42.110", cmd: [db] }');
    await control.reload();
    assert.equal(control.layerOf("db"), "manifest");
    made.file = manifest();
    await control.reload();
    assert.deepEqual(names(), ["local"]);
  }),
);

test(
  "changes at once follow each other, and none is lost",
  cleanly(async (make) => {
    const { control, names } = await running(make);
    await Promise.all([110, 111, 112, 113].map((last) => control.add({ name: `host${last}`, text: spec(last) })));
    await Promise.all([control.remove("host111"), control.add({ name: "host112", text: spec(120) })]);
    assert.deepEqual(names(), ["local", "web", "host110", "host112", "host113"]);
    assert.equal([...control.network.hosts.values()].find(({ name }) => name === "host112")?.vip, "127.0.42.120");
  }),
);

const guest = (last: number, more = "") => ({ name: `guest${last}`, text: spec(last, more), guest: true });

test(
  "a guest leaves with its link, also one of several at once; a host that was added otherwise stays",
  cleanly(async (make) => {
    const { world, control, names } = await running(make);
    await control.add({ name: "db", text: spec(102) });
    for (const last of [110, 111, 112]) await control.add(guest(last));
    const others = ["local", "web", "db"];
    const guests = ["guest110", "guest111", "guest112"];
    assert.deepEqual(names(), [...others, ...guests]);
    const allReady = () => names().every((name) => world.state(name).phase === "ready");
    await waitFor(allReady, { what: "all hosts", everyMs: 1 });
    await Promise.all(["db", "web", "guest110", "guest112"].map((name) => world.agents.get(name)?.stop()));
    await waitFor(() => names().length === 4, { what: "two guests to leave", everyMs: 1 });
    assert.deepEqual(names(), [...others, "guest111"]);
    assert.deepEqual([control.layerOf("db"), control.layerOf("guest111")], ["added", "added"]);
    assert.deepEqual([...new Set(world.events.filter(({ type }) => type === "host.left").map(({ by }) => by))], ["manager"]);
    await world.agents.get("guest111")?.stop();
    await waitFor(() => names().length === 3, { what: "the last guest to leave", everyMs: 1 });
    const again = (name: string) => world.state(name).phase === "ready" && world.state(name).session === 2;
    await waitFor(() => ["web", "db"].every(again), { what: "the others to be back", everyMs: 1 });
    assert.deepEqual(names(), others);
    assert.equal((await control.add(guest(110))).refused, undefined, "its name is free");
  }),
);

for (const code of ["agent-unavailable", "host-unreachable"] as const) {
  test(
    `a guest whose link does not come up leaves, and is started once: ${code}`,
    cleanly(async (make) => {
      const open = () => {
        throw new NoRouterError(code);
      };
      const { world, control, names } = await running(make, { transport: { open } });
      await Promise.all([110, 111, 112].map((last) => control.add(guest(last))));
      await waitFor(() => names().length === 2, { what: "the guests to leave", everyMs: 1 });
      assert.deepEqual(names(), ["local", "web"]);
      const starts = world.events.filter((event) => event.type === "link.starting" && event.host > 2);
      assert.equal(starts.length, 3);
    }),
  );
}

test(
  "a guest takes no other host's name, and its own is its own while it is there",
  cleanly(async (make) => {
    const { control, names } = await running(make);
    await control.add({ name: "db", text: spec(102) });
    const asGuest = (name: string) => control.add({ name, text: spec(103), guest: true });
    await assert.rejects(asGuest("web"), { code: "command-refused", message: /"web" is in the manifest/ });
    await assert.rejects(asGuest("db"), { code: "command-refused", message: 'There is a host "db" already' });
    const both = await Promise.allSettled([asGuest("curl"), asGuest("curl")]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    await assert.rejects(asGuest("curl"), { code: "command-refused" });
    assert.deepEqual(names(), ["local", "web", "db", "curl"]);
    assert.equal((await asGuest("other")).refused, "manifest-invalid", "neither does it take another host's VIP");
    await control.remove("curl");
    assert.deepEqual(names(), ["local", "web", "db"]);
  }),
);

test(
  "a guest stays over a reload, and is none any more once somebody adds it for good or has it in the manifest",
  cleanly(async (make) => {
    const made = await running(make);
    const { world, control, names } = made;
    for (const last of [110, 111, 112]) await control.add(guest(last));
    await control.add({ name: "guest110", text: spec(110) });
    made.file = manifest(web, `guest111: ${spec(111)}`);
    await control.reload();
    const ready = (name: string, session: number) => () =>
      world.state(name).phase === "ready" && world.state(name).session === session;
    for (const last of [110, 111, 112]) await waitFor(ready(`guest${last}`, 1), { what: `guest ${last}`, everyMs: 1 });
    for (const last of [110, 111, 112]) await world.agents.get(`guest${last}`)?.stop();
    for (const last of [110, 111]) await waitFor(ready(`guest${last}`, 2), { what: `host ${last} to be back`, everyMs: 1 });
    await waitFor(() => names().length === 4, { what: "the guest to leave", everyMs: 1 });
    assert.deepEqual([...names()].sort(), ["guest110", "guest111", "local", "web"]);
  }),
);

test(
  "a host that waits is started at once, others are refused",
  cleanly(async (make) => {
    const serveAgent = () => undefined;
    const { control, world } = await running(make, { serveAgent, limits: { helloMs: 100, retryMs: 60_000, retryCapMs: 60_000 } });
    await world.event("link.retrying");
    control.retry("web");
    await waitFor(() => world.state("web").phase === "starting", { what: "the next start", everyMs: 1 });
    await waitFor(() => world.state("local").phase === "ready", { what: "the own host", everyMs: 1 });
    assert.throws(() => control.retry("local"), { code: "command-refused", message: /"local" is ready/ });
    assert.throws(() => control.retry("nobody"), { code: "no-host" });
  }),
);

test(
  "observers see every event and are stopped before the log is closed; one that fails harms nobody",
  cleanly(async (make) => {
    const seen: string[] = [];
    let last = "";
    const good: Observer = {
      name: "good",
      observe(control) {
        control.subscribe((events) => seen.push(...events.map(({ type }) => type)));
        return {
          stop: async () => {
            last = seen.at(-1) ?? "";
          },
        };
      },
    };
    const throws = (): never => {
      throw new Error("broken");
    };
    const observers: Observer[] = [
      { name: "throws", observe: throws },
      { name: "listens", observe: (control) => ({ stop: throws, tap: control.tap(throws), ends: control.subscribe(throws) }) },
      { name: "late", observe: (async () => ({ stop: throws })) as unknown as Observer["observe"] },
      { name: "hangs", observe: () => ({ stop: () => new Promise(() => undefined) }) },
      good,
    ];
    const { world, control } = await running(make, { observers, limits: { stopMs: 50 } });
    await waitFor(() => world.state("web").phase === "ready", { what: "the host", everyMs: 1 });
    await control.stop("over");
    await world.manager.closed;
    assert.equal(seen[0], "network.opened");
    assert.equal(last, "network.stopped");
    for (const name of ["throws", "listens", "late", "hangs"])
      assert.ok(
        world.debug.some((line) => line.startsWith(`Observer "${name}" failed: `)),
        `${name}: ${world.debug.join("\n")}`,
      );
  }),
);
