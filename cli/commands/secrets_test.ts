// Wherever a secret stands in a manifest, right or wrong, nothing that is said of the manifest repeats it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { messageOf } from "../../core/errors.ts";
import { formatDiagnostic, parseManifest, printManifest, safeJson, withoutPasswords } from "../../core/manifest/mod.ts";
import { registerPlugins } from "../../core/plugin/registry.ts";
import { loadBuiltins } from "../builtins.ts";
import { explain } from "./explain.ts";

const SECRET = /GEHEIM/;

/** What may stand as a value: also what YAML takes for an alias, a tag, a mapping, or for nothing that it knows. */
const VALUES = [
  "GEHEIM",
  ..."*&!%@`\"'{[|>,-?".split("").map((sign) => `${sign}GEHEIM`),
  "a GEHEIM b",
  "GEHEIM: x",
  "GEHEIM:",
  "- GEHEIM",
  "? GEHEIM",
  "me:GEHEIM",
  "me:GEHEIM@x",
  "[me, GEHEIM]",
  "[me: GEHEIM]",
  "{GEHEIM}",
  "{GEHEIM, GEHEIM}",
  "{user: GEHEIM, password: {a: GEHEIM}}",
  "{user: me, usr: GEHEIM, password}",
  "{user: me, user: GEHEIM}",
  "{user: me, pw: GEHEIM, pw: GEHEIM}",
  "!!int GEHEIM",
  "!<GEHEIM> x",
  "!GEHEIM! x",
  "&GEHEIM *GEHEIM",
  '"GE\\x48EIM"',
  '"\\q GEHEIM"',
  '"GEHEIM\\u0001"',
  "{password: 'x', <<: GEHEIM}",
  "|\n            GEHEIM\n            GEHEIM",
  ">-9\n            GEHEIM",
  "\n            GEHEIM",
  "\n            - GEHEIM\n            - [GEHEIM",
  "\n            user: x\n            passwort: GEHEIM",
  "\n            user: x\n\t        passwort: GEHEIM",
  "\n            user: x\n          GEHEIM",
  `GEHEIM${"x".repeat(300)}`,
];

/** Where such a value may stand; `$` is its place. */
const UNDER_AUTH = [
  "        auth: $",
  "        auth: { user: me, password: $ }",
  "        auth: { user: me, passwort: $ }",
  "        auth: { user: '', pass: $ }",
  "        auth:\n          user: ''\n          secret: $",
  "        auth:\n          user: me\n          password: $\n          password: $",
  "        auht: $",
  "        apiKey: $",
  "        private_key: $",
  '        "auth" : $',
  "        auth: *secret\nx-secret: &secret $",
  "        auth: *mine\nx-mine: &mine {user: me, kennwort: $}",
];

/** The same with a colon on a line of its own, behind which a mapping may begin: its keys are no secrets. */
const UNDER_EXPLICIT = ["        ? auth\n        : $", "        ? 'auth' # a comment\n\n        : $"];
const NO_MAPPINGS = VALUES.filter((value) => !/^(GEHEIM:|[?-] )/.test(value));

/** What may stand between a name and `@`. */
const USERINFO = [
  "GEHEIM",
  "GEHEIM:GEHEIM",
  "GEHEIM/GEHEIM",
  "GEHEIM@GEHEIM",
  "GEHEIM.GEHEIM",
  "a#GEHEIM",
  `GEHEIM${"x".repeat(300)}`,
];
const WITH_USERINFO = [
  `        listen: "me:$@127.0.0.1:8080"`,
  `        listen: "me:$@127.0.0.1"`,
  `        listen: "http://me:$@127.0.0.1:8080"`,
  `        outside: "me:$@x"`,
  `      ports: ["8080:me:$@127.0.0.1:80"]`,
  `      ports: "me:$@127.0.0.1:80"`,
  `      dns: {listen: "me:$@127.0.0.1:53"}`,
  `      vip: "me:$@127.0.0.1"`,
  `      aliases: ["me:$@web"]`,
  `    "me:$@web": {vip: 127.0.0.3}`,
  `    "me:$@web": {cmd: x, http: 1}`,
  `    "x.me:$@web": x`,
  `      cmd: 'docker -H tcp://me:$@box:2375 exec web norouter'`,
  `      cmd: ["x", "socks5://me:$@box", ~]`,
  `      docker: {host: "tcp://me:$@box:2375", container: web}`,
  `      docker: {host: "tcp://me:$@box:2375", name: web}`,
  `      docker: {host: ["tcp://me:$@box:2375"]}`,
  `      agentDir: "me:$@x"`,
  `      stateDir: {pathOnAgent: "~me:$@x"}`,
  `routes: [{to: ["me:$@10.0.0.0/8"], via: me}]`,
  `routes: [{to: ["*"], notTo: ["me:$@x:0"], via: "me:$@x"}]`,
  `routes: [{to: ["*"], via: "socks5://me:$@x:1080"}]`,
  `routes: [{to: ["*"], via: "socks9://me:$@x:1080"}]`,
  `plugins: ["git+https://me:$@x/y"]`,
  `plugins: ["https://me:$@x/y.ts", 1]`,
];
/** What makes a manifest wrong, or no YAML at all, around the secret. */
const FLAWS = ["", "\nvip: x", "\n  : [", "\n\t- x", "\nx: *nothing", "\n---\n", "\u0001", "\nz: '"];

const registry = registerPlugins(await loadBuiltins());
const KEYS = registry.keys;

function everythingSaid(text: string): string {
  const { manifest, diagnostics } = parseManifest(text, "m.yaml", KEYS);
  const shown = manifest && withoutPasswords(manifest, KEYS);
  const printed = shown ? printManifest(shown) + safeJson(shown) : "";
  return [printed, safeJson(diagnostics), ...diagnostics.map(formatDiagnostic)].join("\n");
}

function manifestWith(place: string, flaw: string): string {
  const key = /^( *)/.exec(place)?.[0].length;
  const inHost = key === 8 ? "      http:\n        listen: '127.0.0.1:8080'\n" : "";
  const hosts = place.startsWith('    "') ? "" : "    me:\n      vip: 127.0.0.2\n";
  return `hosts:\n${key === 0 ? "    me: {vip: 127.0.0.2}\n" : `${hosts}${inHost}`}${place}${flaw}\n`;
}

for (const [name, places, values] of [
  ["under 'auth'", UNDER_AUTH, VALUES],
  ["under '? auth'", UNDER_EXPLICIT, NO_MAPPINGS],
  ["before an '@'", WITH_USERINFO, USERINFO],
] as const) {
  for (const place of places) {
    test(`no secret ${name} is shown: ${place.trim().replaceAll("\n", "⏎")}`, () => {
      for (const value of values) {
        for (const flaw of FLAWS) {
          const text = manifestWith(
            place.replaceAll("$", () => value),
            flaw,
          );
          assert.doesNotMatch(everythingSaid(text).replaceAll(`user: "GEHEIM`, ""), SECRET, text);
        }
      }
    });
  }
}

test("where a secret stands is still seen, and what is beside it", () => {
  const [finding] = parseManifest(
    "hosts:\n  a:\n    vip: 127.0.0.2\n    http: {listn: x, auth: {user: me, passwort: abc}}\n",
    "m.yaml",
  ).diagnostics;
  assert.equal(finding?.text, "    http: {listn: x, auth: {user: **, passwort: ***}}");
  assert.equal(parseManifest("hosts:\n  auth: {vip: x}\n", "m.yaml").diagnostics[0]?.text, "  auth: {vip: x}", "a host's name");
});

test("'explain' does not repeat a password that it was asked with, nor one of the manifest", async () => {
  const manifest = manifestWith(`routes: [{to: ["*"], via: "socks5://me:GEHEIM@x:1080"}]`, "");
  for (const destination of ["http://me:GEHEIM@db/", "me:GEHEIM@db:5432", "x.example:80"]) {
    for (const json of [true, false]) {
      const said: string[] = [];
      const write = (text: string) => void said.push(text);
      const io = { stdout: write, stderr: write, readInput: async () => new TextEncoder().encode(manifest) };
      const thrown = await explain({ destination, file: "-", from: undefined, json }, io).catch(messageOf);
      assert.doesNotMatch(`${said.join("")}${thrown}`, SECRET);
    }
  }
});
