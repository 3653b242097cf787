// The front-end of Unix sockets keeps the contract of a front-end, at paths and at abstract names.

import { after, before, test } from "node:test";
import { connectAt, frontEndCases } from "../../conformance/front_end_cases.ts";
import { type TempDir, tempDir } from "../../tests/support/lifetime.ts";
import { socketsHost } from "./host.ts";

let dir: TempDir;
before(() => {
  dir = tempDir("sockets");
});
after(() => dir.remove());

const KINDS = {
  path: (name: string) => `${dir.path}/${name}`,
  ...(process.platform === "linux" ? { abstract: (name: string) => `@${dir.path}/${name}` } : {}),
};

for (const [kind, at] of Object.entries(KINDS)) {
  for (const { name, run } of frontEndCases) {
    test(`${kind}: ${name}`, async () => {
      const shown = (own = {}) => [
        { own, ports: [] },
        { name: "web", ports: [{ listen: 80, protocol: "tcp" as const }] },
      ];
      const on = (socket: string) => shown({ sockets: [{ path: at(socket), to: "web:80" }] });
      await run({
        part: socketsHost,
        wanted: on("first"),
        moved: on("second"),
        idle: shown(),
        enter: (address) => connectAt(address),
      });
    });
  }
}
