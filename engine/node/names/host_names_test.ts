// Names as the host's own programs find them: the engine with another nsswitch.conf and a getent that tells what it was asked.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { engineProgram } from "../../../tests/support/engine/agent.ts";
import { tempDir } from "../../../tests/support/lifetime.ts";

const dir = tempDir("host-names", 0o755);
after(() => dir.remove());

const engine = await engineProgram().catch(() => undefined);
/** The machine's own, over which another one is mounted. */
const OWN = spawnSync("sh", ["-c", "command -v getent"], { encoding: "utf8", env: { PATH: "/usr/bin:/bin" } }).stdout.trim();
const canMount =
  OWN !== "" && spawnSync("unshare", ["-Urm", "mount", "--bind", "/etc/passwd", "/etc/nsswitch.conf"]).status === 0;
const REASON = engine === undefined ? "the engine cannot be built here" : "no file can be mounted over those of the machine";

const GETENT = `#!/bin/sh
echo "$#:$1 $2" >> ${dir.path}/asked
case $2 in
  many) printf '192.0.2.1 STREAM many\\n192.0.2.1 DGRAM\\n192.0.2.2 STREAM\\nfe80::1%%eth0 STREAM\\n' ;;
  none) exit 2 ;;
  broken) exit 3 ;;
  lingers) echo 192.0.2.3 STREAM lingers; cat ${dir.path}/held 2> /dev/null & ;;
  localhost) echo 192.0.2.9 STREAM localhost ;;
  \\$*) echo 192.0.2.5 STREAM odd ;;
esac
`;

const SCRIPT = `
import { lookup } from "node:dns/promises";
const names = ["many", "none", "broken", "localhost", "-x", "$(id)", "lingers"];
const found = await Promise.all(names.map((name) => lookup(name, { all: true }).then((all) => all.map(({ address }) => address), ({ code }) => code)));
console.log(JSON.stringify(found));
`;

/** What the engine finds where nsswitch.conf has this text, and what getent was asked. */
function found(conf: string): { readonly answers: unknown; readonly asked: string[] } {
  const at = (name: string) => join(dir.path, name);
  writeFileSync(at("nsswitch"), conf);
  writeFileSync(at("script.mjs"), SCRIPT);
  writeFileSync(at("getent"), GETENT, { mode: 0o755 });
  mkdirSync(at("path"), { recursive: true });
  writeFileSync(at("path/getent"), `#!/bin/sh\necho in the PATH >> ${at("asked")}\n`, { mode: 0o755 });
  writeFileSync(at("asked"), "");
  spawnSync("mkfifo", [at("held")]);
  const command = 'mount --bind "$1" /etc/nsswitch.conf && mount --bind "$2" "$3" && exec "$4" "$5"';
  const words = [at("nsswitch"), at("getent"), OWN, engine ?? "", at("script.mjs")];
  const { stdout, stderr } = spawnSync("unshare", ["-Urm", "sh", "-c", command, "sh", ...words], {
    encoding: "utf8",
    env: { PATH: `${at("path")}:${process.env.PATH}` },
  });
  assert.equal(stderr, "");
  return { answers: JSON.parse(stdout), asked: readFileSync(at("asked"), "utf8").split("\n").filter(Boolean).sort() };
}

/** Ends what has lingered. */
function release(): void {
  closeSync(openSync(join(dir.path, "held"), constants.O_WRONLY | constants.O_NONBLOCK));
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
    ["192.0.2.3"],
  ]);
  release();
  const names = ["$(id)", "broken", "lingers", "localhost", "many", "none"];
  assert.deepEqual(
    asked,
    names.map((name) => `2:ahosts ${name}`),
  );
});

test("it is not asked otherwise", { skip: engine === undefined || !canMount ? REASON : false }, () => {
  const { answers, asked } = found("hosts: files dns\n");
  assert.deepEqual(asked, []);
  assert.deepEqual((answers as string[][])[3]?.includes("127.0.0.1"), true);
});
