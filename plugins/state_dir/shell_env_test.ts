// The lines of each shell: run by the shell itself, and looked at where a shell is not there.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { has } from "../../tests/support/engines.ts";
import { type Shell, type ShellEntrances, shellEnv } from "./shell_env.ts";

const NAMES = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"];
/** Every character that some shell takes for more than itself. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: a shell would take it for a variable
const ODD = "a b\t'\"`$HOME $(id) ${x} %PATH% \\ \\' ''' !! * ? [x] {a,b} ~ # ; & | < > ( ) ^ \u2018q\u2019 \u201bé€😀 \n last ";
const PROGRAMS: Readonly<Record<string, { readonly argv: readonly string[]; readonly shell: Shell }>> = {
  sh: { argv: ["sh", "-euc"], shell: "sh" },
  dash: { argv: ["dash", "-euc"], shell: "sh" },
  bash: { argv: ["bash", "--norc", "-euc"], shell: "sh" },
  "busybox sh": { argv: ["busybox", "sh", "-euc"], shell: "sh" },
  fish: { argv: ["fish", "--no-config", "-c"], shell: "fish" },
  pwsh: { argv: ["pwsh", "-NoProfile", "-NonInteractive", "-Command"], shell: "powershell" },
};

/** What a program started by the shell finds in its environment. */
function environmentAfter(program: string, entrances: ShellEntrances, env: Readonly<Record<string, string>> = {}) {
  const { argv, shell } = PROGRAMS[program] ?? assert.fail(program);
  const [name = "", ...args] = [...argv, `${shellEnv(entrances, shell)}env -0\n`];
  const ran = spawnSync(name, args, {
    // Bash reads its start-up files when its input is a socket.
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH ?? "", HOME: "/", ...env },
    encoding: "utf8",
    timeout: 20_000,
  });
  assert.deepEqual([ran.status, ran.stderr], [0, ""], `${program}: ${ran.stderr}`);
  const pairs = ran.stdout.split("\0").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

for (const [program, { argv }] of Object.entries(PROGRAMS)) {
  const skip = has(argv[0] ?? "") ? false : `${argv[0]} is not installed`;

  test(`${program}: proxies, what they are not for, and the aliases`, { skip }, () => {
    const found = environmentAfter(program, { http: "127.0.0.1:18080", socks: "127.0.0.1:18081", stateDir: "/s" });
    assert.deepEqual(
      NAMES.map((name) => found[name]),
      [
        ...Array.from({ length: 4 }, () => "http://127.0.0.1:18080"),
        ...Array.from({ length: 2 }, () => "socks5h://127.0.0.1:18081"),
        ...Array.from({ length: 2 }, () => "localhost,127.0.0.1,::1"),
      ],
    );
    assert.equal(found.HOSTALIASES, "/s/hostaliases");
  });

  test(`${program}: a name and a password that are not known are taken from a variable`, { skip }, () => {
    const guarded = { http: "127.0.0.1:1", socks: "127.0.0.1:2", auth: { http: true, socks: true } };
    const without = environmentAfter(program, guarded);
    assert.deepEqual([without.http_proxy, without.all_proxy], ["http://127.0.0.1:1", "socks5h://127.0.0.1:2"]);
    const given = environmentAfter(program, guarded, { NOROUTER_PROXY_AUTH: "me:a%20b" });
    assert.deepEqual([given.https_proxy, given.ALL_PROXY], ["http://me:a%20b@127.0.0.1:1", "socks5h://me:a%20b@127.0.0.1:2"]);
    const oneOnly = environmentAfter(program, { ...guarded, auth: { http: true } }, { NOROUTER_PROXY_AUTH: "me:x" });
    assert.equal(oneOnly.all_proxy, "socks5h://127.0.0.1:2");
  });

  test(`${program}: odd characters stay what they are`, { skip }, () => {
    assert.equal(environmentAfter(program, { stateDir: `/${ODD}` }).HOSTALIASES, `/${ODD}/hostaliases`);
    const socket = { http: `unix:/x\nexport http_proxy=bad\rset -gx http_proxy bad\u2028${ODD}`, socks: "localhost:1" };
    assert.equal(environmentAfter(program, socket).http_proxy, undefined);
    const text = fc.string({ unit: "grapheme", maxLength: 12 }).filter((value) => !value.includes("\0"));
    const check = fc.property(text, (value) => {
      assert.equal(environmentAfter(program, { stateDir: `/${value}x` }).HOSTALIASES, `/${value}x/hostaliases`);
    });
    fc.assert(check, { numRuns: 15 });
  });
}

test("without a proxy no proxy variable is set, and without anything there is nothing", () => {
  assert.equal(shellEnv({ stateDir: "/s/" }, "sh"), "export HOSTALIASES='/s/hostaliases'\n");
  for (const shell of ["sh", "fish", "powershell"] as const) assert.equal(shellEnv({}, shell), "");
});

test("what listens on every address is reached on the loopback's", () => {
  const url = (http: string) => /http_proxy='(.*)'/.exec(shellEnv({ http }, "sh"))?.[1];
  assert.equal(url("0.0.0.0:8080"), "http://127.0.0.1:8080");
  assert.equal(url("[::]:8080"), "http://[::1]:8080");
  assert.equal(url("[0:0::0]:8080"), "http://[::1]:8080");
  assert.equal(url("[2001:DB8::1]:8080"), "http://[2001:db8::1]:8080");
  assert.equal(url("[fe80::1%eth0]:8080"), "http://[fe80::1%25eth0]:8080");
  assert.equal(url("192.0.2.1:8080"), "http://192.0.2.1:8080");
  assert.equal(url("localhost:8080"), "http://localhost:8080");
});

test("a Unix socket is a comment, and a name and a password that are known are encoded", () => {
  const lines = shellEnv({ http: "unix:/run/x.sock", socks: "127.0.0.1:1", auth: { socks: "m'e:p@s:s/\ud800" } }, "sh");
  assert.match(lines, /^export all_proxy='socks5h:\/\/m'\\''e:p%40s%3As%2F%EF%BF%BD@127\.0\.0\.1:1'$/m);
  assert.match(lines, /^# The HTTP proxy .* \/run\/x\.sock/m);
  assert.doesNotMatch(lines, /http_proxy/);
});

test("PowerShell's lines, by its rules for quotes", () => {
  const lines = shellEnv({ http: "127.0.0.1:1", stateDir: "/a'b\u2019c", auth: { http: true } }, "powershell").split("\n");
  assert.equal(
    lines[0],
    "$env:http_proxy = 'http://' + $(if ($env:NOROUTER_PROXY_AUTH) { $env:NOROUTER_PROXY_AUTH + '@' } else { '' }) + '127.0.0.1:1'",
  );
  assert.ok(lines.includes("$env:HOSTALIASES = '/a''b\u2019\u2019c/hostaliases'"));
});
