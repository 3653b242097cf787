// Manifests as people write them by habit: each is told what to write instead.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifest } from "../../core/manifest/mod.ts";
import { KEYS } from "../support/builtin_keys.ts";

const bytesOf = (text: string, bigEndian: boolean, mark: boolean) => {
  const bytes = Buffer.from((mark ? "\ufeff" : "") + text, "utf16le");
  return new Uint8Array(bigEndian ? bytes.swap16() : bytes);
};
const said = (text: string | Uint8Array) =>
  parseManifest(text, "m.yaml", KEYS)
    .diagnostics.map(({ message, hint }) => `${message} | ${hint ?? ""}`)
    .join("\n");
const host = (line: string) => said(`hosts:\n  a:\n    vip: 127.0.0.2\n    ${line}\n`);

test("lists for mappings, and mappings or strings for lists", () => {
  assert.match(said("hosts:\n  - name: web\n"), /'hosts' is a list.*Write each name as a key/);
  assert.match(host('ports: "8080:127.0.0.1:80"'), /'ports' is a string.*Put it in brackets/);
  assert.match(host('ports: { 8080: "127.0.0.1:80" }'), /'ports' is a mapping.*on a line of its own after '- '/);
});

test("short forms of a mapping", () => {
  assert.match(host('http: "127.0.0.1:18080"'), /'http' is a string.*Write '\{ listen: \.\.\. \}'/);
  assert.match(host("loopback: false"), /Write '\{ disable: true \}'/);
});

test("a file in UTF-16, of both orders, with and without a mark", () => {
  for (const big of [false, true])
    for (const mark of [false, true])
      assert.match(said(bytesOf("hosts:\n", big, mark)), /^The file is UTF-16, UTF-8 was wanted \| Save the file as UTF-8$/);
});

test("the home of another user, wherever a path may begin with one", () => {
  for (const line of ['http: { listen: "unix:~me/x.sock" }', 'stateDir: { pathOnAgent: "~me/x" }'])
    assert.match(host(line), /'~me' is not looked up \| Write the path in full/, line);
  for (const line of ['http: { listen: "unix:~/x.sock" }', 'stateDir: { pathOnAgent: "~/x" }'])
    assert.doesNotMatch(host(line), /is not looked up/, line);
});

test("a host called localhost", () => {
  assert.match(said("hosts:\n  localhost:\n    vip: 127.0.0.2\n"), /'localhost' means each machine itself.*such as 'local'/);
});

test("what YAML takes for a number, wherever a name may look like one", () => {
  for (const id of ["123e456", "0x12ab34", "012345678", "1e5", "0o17", ".5", "123456789012"]) {
    for (const key of ["cmd", "aliases: [$]", "ports: [$]", "http: { listen: $ }", "stateDir: { pathOnAgent: $ }"])
      assert.match(
        host(key.includes("$") ? key.replace("$", id) : `${key}: ${id}`),
        /is a number.*Put it in quotes if it is meant/,
        `${key} ${id}`,
      );
    assert.match(host(`cmd: [docker, exec, -i, ${id}, norouter]`), /Item 4 of 'cmd' is a number.*Put it in quotes/);
    assert.equal(said(`hosts:\n  ${id.replace(/^\./, "")}:\n    vip: 127.0.0.2\n`), "", "a key is a text in any case");
  }
  for (const date of ["2026-01-02", "2026-01-02T03:04:05Z", "12:30:45"])
    assert.equal(host(`cmd: docker exec -i ${date.replaceAll(":", "-")} norouter`), "", "a date is a text");
  assert.equal(host("aliases: [2026-01-02]"), "");
});

test("a number, or true or false, for a mapping or a list", () => {
  assert.match(host("http: 18080"), /Write '\{ listen: "127\.0\.0\.1:18080" \}', for example/);
  assert.match(host("socks: true"), /Write '\{ listen: "127\.0\.0\.1:18081" \}', for example/);
  assert.match(host("dns: true"), /Leave it out: it is on unless 'disable' is true/);
  assert.match(host("loopback: true"), /Leave it out: it is on/);
  assert.match(host("ports: 8080"), /Put it in quotes and brackets, as the only item/);
  assert.match(said("hosts: web\n"), /Write each name as a key/);
});

test("an item that became a mapping, a name in brackets, a range of ports", () => {
  assert.match(host("ports: [{8080: '127.0.0.1:80'}]"), /Item 1 of 'ports' is a mapping.*Put all of it in quotes, as one text/);
  assert.match(host("ports:\n      - 8080: 127.0.0.1:80"), /Put all of it in quotes, as one text/);
  assert.match(said("hosts: {a: {vip: 127.0.0.2}}\nroutes: [{to: [10.0.0.0/8], via: [a]}]\n"), /Write it without brackets/);
  assert.match(host("ports: ['8080-8090:127.0.0.1:80']"), /Write each port of the range as an item of its own/);
});
