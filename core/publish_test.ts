// Ports that a host finds itself, on their way through its link: to the log, to the other hosts, and away with the link.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanly, type InProcess, type inProcess } from "../conformance/in_process.ts";
import { waitFor } from "../conformance/support/wait.ts";
import type { PluginKey } from "./plugin/key.ts";
import { type FoundPort, MOST_FOUND } from "./wire/control.ts";

const finds: PluginKey = {
  name: "finds",
  description: "For tests.",
  schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  publishes: () => true,
};
const port = (listen: number): FoundPort => ({ listen, target: { host: "127.0.0.1", port: listen } });
const listens = ({ state }: InProcess, name: string) => state(name).ports.map(({ listen }) => listen);

/** "web" may publish what it finds, "db" may not. */
async function started(make: typeof inProcess): Promise<InProcess> {
  const world = make({
    hosts: ["local", "web", "db"],
    keys: { host: [finds] },
    change: (spec) => (spec.name === "web" ? { ...spec, keys: { finds: true } } : spec),
  });
  await world.start();
  await world.settled();
  return world;
}

test(
  "what a host publishes is in the log in its name, and all hosts know of it; of one that may not nothing comes",
  cleanly(async (make) => {
    const world = await started(make);
    world.host("db").context.publish([port(1)]);
    world.host("web").context.publish([port(9000), port(80)]);
    const { by, ports } = await world.event("host.changed");
    assert.deepEqual(
      [by, ports.map(({ listen, found }) => [listen, found])],
      [
        "web",
        [
          [80, undefined],
          [9000, true],
        ],
      ],
    );
    const known = () => [...world.host("local").context.network().hosts.values()].find(({ name }) => name === "web")?.ports;
    await waitFor(() => known()?.length === 2, { what: "the own host to know", everyMs: 1 });
    assert.deepEqual(known()?.at(-1), { listen: 9000, protocol: "tcp" });
    assert.deepEqual(world.host("web").context.self().ports.at(-1), { ...port(9000), protocol: "tcp", found: true });
    world.host("web").context.publish([]);
    await waitFor(() => listens(world, "web").length === 1, { what: "the port to go", everyMs: 1 });
    assert.equal(world.events.filter(({ type }) => type === "host.changed").length, 2);
    assert.deepEqual(listens(world, "db"), [80]);
  }),
);

test(
  "of more ports than a message may have the first are published, and the link goes on",
  cleanly(async (make) => {
    const world = await started(make);
    world.host("web").context.publish(Array.from({ length: MOST_FOUND + 50 }, (_, at) => port(1000 + at)));
    await world.event("host.changed");
    assert.deepEqual([listens(world, "web").length, listens(world, "web").at(-1)], [1 + MOST_FOUND, 999 + MOST_FOUND]);
    assert.deepEqual([world.state("web").phase, world.state("web").session], ["ready", 1]);
  }),
);

test(
  "what was found goes with the link, and a manifest that is applied again leaves it",
  cleanly(async (make) => {
    const world = await started(make);
    world.host("web").context.publish([port(9000)]);
    await world.event("host.changed");
    assert.deepEqual(await world.start(), []);
    assert.deepEqual(listens(world, "web"), [80, 9000]);
    await world.agents.get("web")?.stop();
    await world.event("link.closed");
    assert.deepEqual(listens(world, "web"), [80]);
    const back = () => world.state("web").session === 2 && world.state("web").phase === "ready";
    await waitFor(back, { what: "the host to be back", everyMs: 1 });
    world.host("web").context.publish([port(9001)]);
    await waitFor(() => listens(world, "web").length === 2, { what: "the other port", everyMs: 1 });
    assert.deepEqual(listens(world, "web"), [80, 9001]);
  }),
);
