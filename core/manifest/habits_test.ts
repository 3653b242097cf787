// Manifests as people write them by habit: each is told what to write instead.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifest } from "./mod.ts";

const bytesOf = (text: string, bigEndian: boolean, mark: boolean) => {
  const bytes = Buffer.from((mark ? "\ufeff" : "") + text, "utf16le");
  return new Uint8Array(bigEndian ? bytes.swap16() : bytes);
};
const said = (text: string | Uint8Array) =>
  parseManifest(text, "m.yaml")
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
