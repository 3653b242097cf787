// How much memory a host says that an agent may use: the smallest limit of all control groups that the shell is in.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { needs } from "../../../tests/support/engines.ts";
import { fakeHost, startOn } from "../../../tests/support/fake_host.ts";

const MIB = 1024 * 1024;
/** What version 1 has where there is no limit. */
const UNLIMITED = "9223372036854771712";

/** `/proc/self/cgroup`, the files of `/sys/fs/cgroup`, and the KiB that are told. */
const CASES: readonly (readonly [name: string, groups: string, files: Readonly<Record<string, string>>, told: number])[] = [
  ["a container's root, version 2", "0::/\n", { "memory.max": `${64 * MIB}` }, 64 * 1024],
  ["a container's root, version 1", "4:memory:/docker/a\n", { "memory/memory.limit_in_bytes": `${64 * MIB}` }, 64 * 1024],
  [
    "its own group, version 2",
    "0::/user.slice/a b:c.scope\n",
    { "user.slice/memory.max": "max", "user.slice/a b:c.scope/memory.max": `${32 * MIB}` },
    32 * 1024,
  ],
  [
    "a group around its own, version 2",
    "0::/a/b/c\n",
    { "a/memory.max": `${16 * MIB}`, "a/b/memory.max": `${96 * MIB}`, "a/b/c/memory.max": `${48 * MIB}` },
    16 * 1024,
  ],
  [
    "a group around its own, version 1",
    "7:pids:/x\n4:cpu,memory:/a/b\n0::/x\n",
    {
      "memory/memory.limit_in_bytes": UNLIMITED,
      "memory/a/memory.limit_in_bytes": `${8 * MIB}`,
      "memory/a/b/memory.limit_in_bytes": UNLIMITED,
      "memory/x/memory.limit_in_bytes": `${MIB}`,
    },
    8 * 1024,
  ],
];

for (const [name, groups, files, told] of CASES) {
  test(`memory is limited by ${name}`, { skip: needs("userns") }, async () => {
    const host = fakeHost();
    const tree = `${host.home}/tree`;
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(`${tree}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      writeFileSync(`${tree}/${path}`, `${text}\n`);
    }
    writeFileSync(`${host.home}/groups`, groups);
    const mounts = `mount --bind ${tree} /sys/fs/cgroup && mount --bind ${host.home}/groups /proc/$$/cgroup && exec "$@"`;
    const started = await startOn(["unshare", "-Urm", "sh", "-c", mounts, "sh", ...host.argv()]);
    await waitFor(() => started.output() !== "" || started.ends.length > 0, { what: "the agent" });
    const facts =
      started.debug
        .find((line) => line.startsWith("Host has "))
        ?.replace("Host has ", "")
        .split("; ") ?? [];
    const memory = facts.filter((fact) => fact.startsWith("memory ")).map((fact) => Number(fact.split(" ")[1]));
    assert.equal(Math.min(...memory), told, facts.join("; "));
    await started.carrier.close();
    host.remove();
  });
}
