// Names as the host's own programs find them: the engine with another nsswitch.conf and a getent that tells what it was asked.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { engineProgram } from "../../../tests/support/engine/agent.ts";
import { tempDir } from "../../../tests/support/lifetime.ts";

const dir = tempDir("host-names", 0o755);
after(() => dir.remove());

const engine = await engineProgram().catch(() => undefined);
const canMount = spawnSync("unshare", ["-Urm", "mount", "--bind", "/etc/passwd", "/etc/nsswitch.conf"]).status === 0;
const REASON = engine === undefined ? "the engine cannot be built here" : "no file can be mounted over /etc/nsswitch.conf";

const GETENT = `#!/bin/sh
echo "$#:$1 $2" >> ${dir.path}/asked
case $2 in
  many) printf '192.0.2.1 STREAM many\\n192.0.2.1 DGRAM\\n192.0.2.2 STREAM\\nfe80::1%%eth0 STREAM\\n' ;;
  none) exit 2 ;;
  broken) exit 3 ;;
  localhost) echo 192.0.2.9 STREAM localhost ;;
  \\$*) echo 192.0.2.5 STREAM odd ;;
esac
`;

const SCRIPT = `
import { lookup } from "node:dns/promises";
const names = ["many", "none", "broken", "localhost", "-x", "$(id)"];
const found = await Promise.all(names.map((name) => lookup(name, { all: true }).then((all) => all.map(({ address }) => address), ({ code }) => code)));
console.log(JSON.stringify(found));
`;

/** What the engine finds where nsswitch.conf has this text, and what getent was asked. */
function found(conf: string): { readonly answers: unknown; readonly asked: string[] } {
  const [nsswitch, script, getent, asked] = ["nsswitch", "script.mjs", "getent", "asked"].map((name) => join(dir.path, name)) as [
    string,
    string,
    string,
    string,
  ];
  writeFileSync(nsswitch, conf);
  writeFileSync(script, SCRIPT);
  writeFileSync(getent, GETENT);
  chmodSync(getent, 0o755);
  writeFileSync(asked, "");
  const command = 'mount --bind "$1" /etc/nsswitch.conf && exec "$2" "$3"';
  const { stdout, stderr } = spawnSync("unshare", ["-Urm", "sh", "-c", command, "sh", nsswitch, engine ?? "", script], {
    encoding: "utf8",
    env: { PATH: `${dir.path}:${process.env.PATH}` },
  });
  assert.equal(stderr, "");
  return { answers: JSON.parse(stdout), asked: readFileSync(asked, "utf8").split("\n").filter(Boolean).sort() };
}

test("getent is asked where nsswitch.conf names more than files and name servers", {
  skip: engine === undefined || !canMount ? REASON : false,
}, () => {
  const { answers, asked } = found("hosts: files mdns4_minimal [NOTFOUND=return] dns\n");
  assert.deepEqual(answers, [
    ["192.0.2.1", "192.0.2.2", "fe80::1%eth0"],
    "ENOTFOUND",
    "ENOTFOUND",
    ["192.0.2.9"],
    "ENOTFOUND",
    ["192.0.2.5"],
  ]);
  assert.deepEqual(asked, ["2:ahosts $(id)", "2:ahosts broken", "2:ahosts localhost", "2:ahosts many", "2:ahosts none"]);
});

test("it is not asked otherwise", { skip: engine === undefined || !canMount ? REASON : false }, () => {
  const { answers, asked } = found("hosts: files dns\n");
  assert.deepEqual(asked, []);
  assert.deepEqual((answers as string[][])[3]?.includes("127.0.0.1"), true);
});
