// One manifest over all kinds of hosts at once: every host reaches every other.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { needs } from "../../support/engines.ts";
import { vip } from "../../support/lab.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { KINDS, type KindHost, NEEDED, startKind } from "../../support/real/kinds.ts";

describe("docker, podman, lxc, ssh and kubectl in one network", { skip: needs(...KINDS.flatMap((kind) => NEEDED[kind])) }, () => {
  let hosts: KindHost[] = [];
  let network: Network | undefined;
  before(async () => {
    const started = await Promise.allSettled(KINDS.map((kind) => startKind(kind)));
    hosts = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const failed = started.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
    assert.deepEqual(failed, []);
  });
  after(async () => {
    await network?.stop();
    await Promise.all(hosts.map((host) => host.stop()));
  });

  test("each fetches a page of each, itself included", async () => {
    const ways = hosts.map(({ kind, way }, at) => [kind, { ...way, vip: vip(at + 10), ports: ["8080:127.0.0.1:80"] }]);
    // kubectl's docker is another than docker's own: its address is in the command of the pod.
    const env = Object.assign({}, ...[...hosts].reverse().map((host) => host.env)) as Record<string, string>;
    const began = performance.now();
    network = await startNetwork({ manifest: { hosts: { here: { vip: vip(9) }, ...Object.fromEntries(ways) } }, env });
    const { failed } = await network.ready(120_000);
    assert.deepEqual(failed, [], JSON.stringify(network.events.filter(({ type }) => type === "link.closed")));
    console.log(`# ${hosts.length} kinds at once: ready in ${(performance.now() - began).toFixed(0)} ms`);
    for (const from of hosts) {
      const urls = hosts.map((_, at) => `http://${vip(at + 10)}:8080/`);
      const pages = await Promise.all(urls.map((url) => from.run(["wget", "-qO-", url])));
      assert.deepEqual(
        pages.map(({ stdout }) => stdout.toString()),
        hosts.map(({ kind }) => `hello from ${kind}\n`),
        `from ${from.kind}: ${pages.map(({ stderr }) => stderr).join("")}`,
      );
    }
  });
});
