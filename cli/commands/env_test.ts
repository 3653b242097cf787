// `env`: which host, which shell, and passwords only on demand. What the lines are is the business of shell_env.

import assert from "node:assert/strict";
import { homedir } from "node:os";
import { test } from "node:test";
import { runToEnd } from "../../tests/support/child.ts";
import { programArgv } from "../../tests/support/cli.ts";
import { writtenIo } from "../../tests/support/written_io.ts";
import { type EnvArgs, env } from "./env.ts";

const NET = `hosts:
  local: {vip: 127.0.42.100, http: {listen: "127.0.0.1:18080"}}
  web: {vip: 127.0.42.101, cmd: x, socks: {listen: "0.0.0.0:1080", auth: {user: "a b", password: "ge:heim"}}, stateDir: {pathOnAgent: /srv/x}}
  far: {vip: 127.0.42.102, cmd: x, http: {listen: "127.0.0.1:1"}}
  none: {vip: 127.0.42.103, cmd: x}
  off: {vip: 127.0.42.104, cmd: x, http: {listen: "[::1]:1"}, stateDir: {pathOnAgent: /srv/y, disable: true}}
`;

async function run(args: Partial<EnvArgs> = {}, userShell?: string, text = NET) {
  const { io, out, err } = writtenIo(text);
  const code = await env({ file: "m.yaml", host: undefined, shell: undefined, withPassword: false, ...args }, io, userShell);
  return { code, out: out(), err: err() };
}

test("without a host it is the manager's own, with its state directory", async () => {
  const { code, out, err } = await run();
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^export http_proxy='http:\/\/127\.0\.0\.1:18080'$/m);
  assert.ok(out.includes(`export HOSTALIASES='${homedir()}/.norouter/agent/hostaliases'`), out);
  assert.doesNotMatch(out, /all_proxy/i);
});

test("another host's: its folder only where it is known here", async () => {
  assert.match((await run({ host: "WEB" })).out, /HOSTALIASES='\/srv\/x\/hostaliases'/);
  assert.doesNotMatch((await run({ host: "far" })).out, /HOSTALIASES/);
  assert.doesNotMatch((await run({ host: "off" })).out, /HOSTALIASES/);
});

test("a password is written on demand only; else the lines read it from a variable", async () => {
  const without = (await run({ host: "web" })).out;
  assert.match(without, /NOROUTER_PROXY_AUTH/);
  assert.doesNotMatch(without, /heim/);
  const { out } = await run({ host: "web", withPassword: true });
  assert.match(out, /^export ALL_PROXY='socks5h:\/\/a%20b:ge%3Aheim@127\.0\.0\.1:1080'$/m);
});

const SHELLS: readonly (readonly [path: string | undefined, line: RegExp])[] = [
  [undefined, /^export http_proxy=/],
  ["/bin/bash", /^export http_proxy=/],
  ["/usr/bin/fish", /^set -gx http_proxy /],
  ["/usr/bin/pwsh", /^\$env:http_proxy = /],
];

for (const [path, line] of SHELLS) {
  test(`for a user of ${path ?? "no known shell"}`, async () => assert.match((await run({}, path ?? "")).out, line));
}

test("the shell that is named counts more than the user's; one that is not known is wrong usage", async () => {
  assert.match((await run({ shell: "sh" }, "/usr/bin/fish")).out, /^export http_proxy=/);
  await assert.rejects(run({ shell: "csh" }), {
    code: "usage",
    message: /"csh" is not known, one of sh, fish, powershell was wanted/,
  });
});

test("a host without a proxy, a host that is not there, and no host of this machine", async () => {
  await assert.rejects(run({ host: "none" }), { code: "usage", message: /"none" has no proxy.*add 'http: \{ listen:/ });
  await assert.rejects(run({ host: "nope" }), { code: "usage", message: /"nope", one of local, web, far, none, off was wanted/ });
  const away = "hosts: {a: {vip: 127.0.0.2, cmd: x}}\n";
  await assert.rejects(run({}, "", away), { code: "usage", message: /name one with --host/ });
});

test("nothing is printed for a manifest that is wrong", async () => {
  const { code, out, err } = await run({}, "", "hosts: {a: {vip: x}}");
  assert.deepEqual([code, out], [65, ""]);
  assert.match(err, /VIP 'x'/);
});

test("a shell takes the lines", async () => {
  const line = `eval "$("$@" env - --shell sh)" && printf '%s' "$http_proxy $no_proxy"`;
  const { stdout, stderr } = await runToEnd(["sh", "-c", line, "sh", ...programArgv()], { input: NET });
  assert.deepEqual([stderr, stdout], ["", "http://127.0.0.1:18080 localhost,127.0.0.1,::1"]);
});
