// The files of /etc that a program inside reads: its names and name server, and the machine's sources of all else.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { etcTexts } from "./etc.ts";

const HOST = { name: "web", vip: "127.4.5.6", hostname: "build-7" };
const nsswitchOf = (machine: string | undefined) => etcTexts(HOST, machine)["nsswitch.conf"];

test("the name server is the agent's", () => {
  assert.equal(etcTexts(HOST, undefined)["resolv.conf"], "nameserver 127.0.0.1\noptions ndots:1\n");
});

test("the host's name, and the machine's, have the host's address", () => {
  const { hosts } = etcTexts(HOST, undefined);
  assert.equal(hosts, "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n127.4.5.6 web build-7\n");
});

test("a name that both have is there once", () => {
  assert.match(etcTexts({ ...HOST, hostname: "web" }, undefined).hosts ?? "", /\n127\.4\.5\.6 web\n$/);
});

test("it is these three files that are different", () => {
  assert.deepEqual(Object.keys(etcTexts(HOST, "")), ["resolv.conf", "hosts", "nsswitch.conf"]);
});

for (const [what, machine, wanted] of [
  ["a machine without the file", undefined, "hosts: files dns\n"],
  ["an empty file", "", "hosts: files dns\n"],
  ["other lines alone", "passwd: files systemd\ngroup: files\n", "passwd: files systemd\ngroup: files\nhosts: files dns\n"],
  [
    "the line of Debian",
    "passwd:         files systemd\nhosts:          files mdns4_minimal [NOTFOUND=return] dns\nnetworks:       files\n",
    "passwd:         files systemd\nnetworks:       files\nhosts: files dns\n",
  ],
  ["a line with odd spaces", " \t hosts \t:\tfiles resolve\nrpc: db\n", "rpc: db\nhosts: files dns\n"],
  ["a line without spaces", "hosts:files", "hosts: files dns\n"],
  ["a line with a comment", "hosts: files # as ever\n", "hosts: files dns\n"],
  ["two lines", "hosts: files\nrpc: db\nhosts: dns\n", "rpc: db\nhosts: files dns\n"],
  ["comments", "# hosts: myhostname\n#hosts: dns\n\n", "# hosts: myhostname\n#hosts: dns\nhosts: files dns\n"],
  ["a name that only begins so", "hosts2: files\nmyhosts: dns\n", "hosts2: files\nmyhosts: dns\nhosts: files dns\n"],
  ["a file that does not end with its line", "rpc: db\nhosts: dns\nethers: db", "rpc: db\nethers: db\nhosts: files dns\n"],
] as const) {
  test(`the sources of names are files and the name server: ${what}`, () => {
    assert.equal(nsswitchOf(machine), wanted);
  });
}

test("all other lines stay as they are and in their order", () => {
  const line = fc.constantFrom(
    "passwd: files",
    "group:\tfiles systemd",
    "# hosts: dns",
    "shadow : compat",
    "hosts: dns",
    " hosts:x",
    "",
  );
  const property = fc.property(fc.array(line), (lines) => {
    const others = lines.filter((one) => one !== "" && !one.trim().startsWith("hosts"));
    assert.equal(nsswitchOf(lines.join("\n")), [...others, "hosts: files dns", ""].join("\n"));
  });
  fc.assert(property);
});
