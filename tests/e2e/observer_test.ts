// An observer of others, named in a manifest: it counts streams, and one that fails leaves the network as it is.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { test } from "node:test";
import { vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { startNetwork } from "../support/network.ts";
import { startEcho } from "../support/servers.ts";

const COUNT = `
export default {
  name: "count",
  api: 2,
  setup(context) {
    context.observer({
      name: "broken",
      observe: (control) => {
        control.subscribe(() => { throw new Error("broken"); });
        throw new Error("broken");
      },
    });
    context.observer({
      name: "count",
      observe(control) {
        let count = 0;
        control.subscribe((events) => {
          count += events.filter(({ type }) => type === "stream.opened").length;
        });
        return { stop: async () => console.error(\`\${count} streams in \${control.network.hosts.size} hosts\`) };
      },
    });
  },
};
`;

test("an observer of others counts streams", { timeout: 60_000 }, async () => {
  const dir = tempDir("observer");
  const echo = await startEcho();
  writeFileSync(`${dir.path}/count.mjs`, COUNT);
  const manifest = { plugins: ["./count.mjs"], hosts: { local: { vip: vip(1), ports: [`8080:127.0.0.1:${echo.port}`] } } };
  const network = await startNetwork({ manifest, folder: dir.path, args: ["--debug"] });
  try {
    await network.ready();
    for (let one = 0; one < 3; one += 1) {
      const socket = connect({ host: vip(1), port: 8080 });
      const echoed = new Promise((resolve) => socket.once("data", resolve));
      socket.write("x");
      await echoed;
      socket.destroy();
    }
    const closed = () => network.events.filter(({ type }) => type === "stream.closed").length === 3;
    await network.event("stream.closed", closed);
    network.kill("SIGTERM");
    assert.equal((await network.exited).code, 0);
    assert.match(network.stderr(), /3 streams in 1 hosts/);
    assert.match(network.stderr(), /Observer "broken" failed: broken/);
  } finally {
    await network.stop();
    await echo.stop();
    dir.remove();
  }
});
