// No password of a proxy in what is said about a manifest, however its URL is misspelt.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processorMs } from "../../../tests/support/processor_time.ts";
import { maskedUrls } from "../../masked.ts";
import { parseManifest } from "../mod.ts";
import { maskedLine, maskedVia } from "./secrets.ts";

/** What is written, and what of it is shown. */
const VIAS: readonly (readonly [written: string, shown: string])[] = [
  ["socks5://me:PASS@proxy:1080", "socks5://me:********@proxy:1080"],
  ["socks5:/me:PASS@proxy", "socks5:/me:********@proxy"],
  ["socks5//me:PASS@proxy", "socks5//me:********@proxy"],
  ["socks5:///me:PASS@proxy", "socks5:///me:********@proxy"],
  ["socks5;//me:PASS@proxy", "socks5;//me:********@proxy"],
  ["socks5:me:PASS@proxy", "socks5:********@proxy"],
  ["sock5:/me:PASS@proxy", "sock5:********@proxy"],
  ["soks://me:PASS@proxy", "soks://me:********@proxy"],
  ["me:PASS@proxy", "me:********@proxy"],
  [":PASS@proxy", ":********@proxy"],
  ["socks5://:PASS@proxy", "socks5://:********@proxy"],
  ["socks5://me:PA/SS@proxy", "socks5://me:********@proxy"],
  ["socks5://me:PA@SS@proxy:99999", "socks5://me:********@proxy:99999"],
  ["socks5://me:PASS@pro xy", "socks5://me:********@pro xy"],
  ["socks5://me:PA SS@proxy", "socks5://me:********@proxy"],
  ["socks5://me:PASS#@proxy", "socks5://me:********@proxy"],
  ["socks5:/me:PASS://@proxy", "socks5:/me:********@proxy"],
  ["me:PASS@proxy://x", "me:********@proxy://x"],
  ["http://me:PASS@proxy", "http://me:********@proxy"],
];
const NO_PASSWORD = ["web", "127.0.0.2", "socks5://proxy:1080", "socks5://me@proxy:1080", "socks5:/me@proxy", "me:@proxy", ""];

for (const [written, shown] of VIAS) {
  test(`'${written}' is shown as '${shown}'`, () => {
    assert.equal(maskedVia(written), shown);
    const secret = /PASS|PA|SS/;
    const lines = [
      `  - {to: ['*'], via: "${written}"}`,
      `    via: '${written}' # a comment`,
      `    "via" : ${written}`,
      ...(written.includes(" ") || !/\/\/|:\/|socks/.test(written) ? [] : [`x-proxy: &p "${written}"`, `      ${written}`]),
    ];
    for (const line of lines) {
      const masked = maskedLine(line);
      assert.doesNotMatch(masked, secret);
      assert.deepEqual([masked.length, maskedLine(masked)], [line.length, masked]);
    }
    // 'to' is wrong as well, so that there is a finding about the line in any case.
    const text = `hosts: {me: {vip: 127.0.0.2}}\nroutes:\n  - {via: ${JSON.stringify(written)}, to: [10.0.0.1]}\n`;
    const { diagnostics } = parseManifest(text, "m.yaml");
    assert.ok(diagnostics.length > 0);
    assert.doesNotMatch(JSON.stringify(diagnostics), secret);
  });
}

test("what holds no password stays as it is", () => {
  for (const via of NO_PASSWORD) {
    assert.equal(maskedVia(via), via);
    assert.equal(maskedLine(`  - {to: ['*'], via: '${via}'}`), `  - {to: ['*'], via: '${via}'}`);
  }
  for (const line of ["cmd: ssh me@host", "docker: {host: 'ssh://me@box', name: a}", "ports: ['8080:127.0.0.1:80'] # a@b"])
    assert.equal(maskedLine(line), line);
});

test("a password in a URL among other words is masked, and nothing else", () => {
  for (const [text, shown] of [
    ["docker -H tcp://me:PASS@box:2375 exec -i web", "docker -H tcp://me:********@box:2375 exec -i web"],
    ["--a=http://x/,http://:PA/S@S@y/?b", "--a=http://x/,http://:********@y/?b"],
    ["http://box:80/a b@c http://me@box:80/", "http://box:80/a b@c http://me@box:80/"],
  ] as const)
    assert.equal(maskedUrls(text), shown);
});

test("a manifest that is made to be slow takes no more time than its length", () => {
  const parts = [
    "auth",
    "auth:",
    "auth: {",
    "auth: [}",
    "a:",
    ":x",
    "x:@",
    "://a:",
    "{,",
    "pass: \n",
    "- auth:\n ",
    "auth: &a ",
    "'",
    "a.b-",
    "auth\n",
    "auth #",
    "apikey\n ",
  ];
  const took = processorMs(() => {
    for (const part of parts) {
      const long = part.repeat(Math.floor(50_000 / part.length));
      parseManifest(`hosts: [\n${long}`, "m.yaml");
      parseManifest(`hosts: {a: {cmd: ${JSON.stringify(long)}, x: ${JSON.stringify(long)}}}`, "m.yaml");
      maskedUrls(long);
    }
  });
  assert.ok(took < 20_000, `${took} ms`);
});

test("a long line takes no more time than its length", () => {
  const took = processorMs(() => {
    for (const part of ["/:", "a:@", "via: ", "socks:/", "password: ", "password=", "//@", "' :/"])
      maskedLine(part.repeat(100_000));
  });
  assert.ok(took < 5000, `${took} ms`);
});
