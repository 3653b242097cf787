// What a host may still take, from files as systems have them.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { tempDir } from "../../tests/support/lifetime.ts";
import { memoryRoom } from "./memory.ts";

const MIB = 1024 * 1024;

/** The room that a system with these files leaves. */
function roomWith(files: Readonly<Record<string, string>>): number | undefined {
  const dir = tempDir("memory");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(`${dir.path}${path}`), { recursive: true });
    writeFileSync(`${dir.path}${path}`, text);
  }
  const room = memoryRoom(dir.path);
  dir.remove();
  return room;
}

test("without any of the files nothing is known", () => {
  assert.equal(roomWith({}), undefined);
});

test("a container with cgroups of version 2 has what is left of its limit", () => {
  const room = roomWith({
    "/proc/self/cgroup": "0::/\n",
    "/sys/fs/cgroup/memory.max": `${16 * MIB}\n`,
    "/sys/fs/cgroup/memory.current": `${5 * MIB}\n`,
    "/sys/fs/cgroup/memory.stat":
      "anon 1\nfile 2\ninactive_file 524288\nactive_file 262144\nslab_reclaimable 262144\nslab_unreclaimable 7\n",
    "/proc/meminfo": "MemTotal:       64000000 kB\nMemAvailable:   32000000 kB\n",
  });
  assert.equal(room, 12 * MIB);
});

test("the smallest limit above a process counts", () => {
  const room = roomWith({
    "/proc/self/cgroup": "0::/a.slice/b.service\n",
    "/sys/fs/cgroup/a.slice/memory.max": `${8 * MIB}\n`,
    "/sys/fs/cgroup/a.slice/memory.current": `${2 * MIB}\n`,
    "/sys/fs/cgroup/a.slice/b.service/memory.max": "max\n",
    "/sys/fs/cgroup/a.slice/b.service/memory.current": `${1 * MIB}\n`,
  });
  assert.equal(room, 6 * MIB);
});

test("a container with cgroups of version 1 has what is left of its limit, whether it sees its own path or not", () => {
  const files = {
    "memory.limit_in_bytes": `${64 * MIB}\n`,
    "memory.usage_in_bytes": `${60 * MIB}\n`,
    "memory.stat": `inactive_file 1\ntotal_inactive_file ${9 * MIB}\ntotal_active_file ${MIB}\n`,
  };
  for (const folder of ["", "/docker/abc"]) {
    const at = Object.entries(files).map(([name, text]) => [`/sys/fs/cgroup/memory${folder}/${name}`, text]);
    const room = roomWith({ "/proc/self/cgroup": "12:cpu,memory:/docker/abc\n1:name=systemd:/\n", ...Object.fromEntries(at) });
    assert.equal(room, 14 * MIB, folder);
  }
});

test("a limit that is none leaves what the machine has", () => {
  const room = roomWith({
    "/proc/self/cgroup": "4:memory:/\n",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    "/sys/fs/cgroup/memory/memory.usage_in_bytes": "1\n",
    "/proc/meminfo": "MemAvailable:       1024 kB\n",
  });
  assert.equal(room, MIB);
});

test("a limit that is used up leaves nothing", () => {
  const room = roomWith({ "/sys/fs/cgroup/memory.max": "10\n", "/sys/fs/cgroup/memory.current": "20\n" });
  assert.equal(room, 0);
});

test("this machine says what it has", { skip: process.platform === "linux" ? false : "not on Linux" }, () => {
  assert.ok((memoryRoom() ?? 0) > MIB);
});
