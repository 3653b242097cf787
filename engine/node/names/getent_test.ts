// When getent is asked, and how its answer is read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addressesOf, namesMore } from "./nsswitch.ts";

test("getent is asked where more than files and name servers are", () => {
  const more = [
    "hosts: files mdns4_minimal [NOTFOUND=return] dns",
    "hosts:files resolve",
    "passwd: files\n hosts:\tldap\n",
    "hosts: db",
  ];
  const enough = [
    "hosts: files dns",
    "hosts: files [SUCCESS=return] dns",
    "",
    "# hosts: ldap",
    "hosts: files # ldap",
    "networks: ldap\nhosts: dns",
  ];
  assert.deepEqual(
    more.map(namesMore),
    more.map(() => true),
  );
  assert.deepEqual(
    enough.map(namesMore),
    enough.map(() => false),
  );
});

test("each address is had once, with its interface", () => {
  const output = [
    "192.0.2.7       STREAM host.example",
    "192.0.2.7       DGRAM  ",
    "192.0.2.7       RAW    ",
    "fe80::1%eth0    STREAM ",
    "2001:db8::1     STREAM ",
    "2001:db8::1     DGRAM  ",
    "",
    "nonsense line",
  ].join("\n");
  assert.deepEqual(addressesOf(output), ["192.0.2.7", "fe80::1%eth0", "2001:db8::1"]);
  assert.deepEqual(addressesOf(""), []);
});
