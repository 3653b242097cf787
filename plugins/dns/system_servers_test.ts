// resolv.conf(5): what is read, when it is read again, and which servers are never asked.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { admissionOf, stamped } from "../../conformance/ledger.ts";
import { fold, type HostContext } from "../../core/mod.ts";
import { parseResolvConf, serversOf, withoutOwn } from "./system_servers.ts";

const addresses = (text: string) => parseResolvConf(text).map(({ address }) => address);

test("name servers are read in order, each once, with zones; comments and all else are left out", () => {
  const text = [
    "# nameserver 1.1.1.1",
    "; nameserver 1.1.1.2",
    "search example.com",
    "nameserver 192.0.2.1",
    "  nameserver\t2001:db8::1 # near",
    "nameserver fe80::1%eth0;far",
    "nameserver 192.0.2.1",
    "nameserver example.com",
    "nameserver 192.0.2.256",
    "nameserver",
    "nameservers 192.0.2.3",
    "options ndots:5",
    "nameserver 192.0.2.2\r",
  ].join("\n");
  assert.deepEqual(addresses(text), ["192.0.2.1", "2001:db8::1", "fe80::1%eth0", "192.0.2.2"]);
});

test("a file of a thousand servers gives a few, and an empty one none", () => {
  const many = Array.from({ length: 1000 }, (_, at) => `nameserver 10.0.${at >> 8}.${at & 255}`).join("\n");
  assert.equal(addresses(many).length, 8);
  assert.deepEqual(addresses(""), []);
});

test("a file is read again when it changes, and one that is gone gives none", () => {
  const folder = mkdtempSync(join(tmpdir(), "norouter-dns-"));
  try {
    const path = join(folder, "resolv.conf");
    const servers = serversOf(path);
    assert.deepEqual(servers(), []);
    writeFileSync(path, "nameserver 192.0.2.1\n");
    assert.deepEqual(servers(), [{ address: "192.0.2.1", port: 53 }]);
    assert.equal(servers(), servers());
    writeFileSync(path, "nameserver 192.0.2.77\n");
    assert.deepEqual(servers(), [{ address: "192.0.2.77", port: 53 }]);
    rmSync(path);
    assert.deepEqual(servers(), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the network's own name servers are never asked", () => {
  const asked = (listen: string | undefined, ...servers: string[]) => {
    const network = fold(stamped([{ type: "host.admitted", ...admissionOf(1) }]));
    const settings = () => (listen === undefined ? undefined : { listen });
    const context = { settings, network: () => network } as Partial<HostContext> as HostContext;
    return withoutOwn(
      servers.map((address) => ({ address, port: 53 })),
      context,
    ).map(({ address }) => address);
  };
  assert.deepEqual(asked("127.0.0.1:53", "127.0.0.1", "127.0.42.1", "127.0.0.53"), ["127.0.0.53"]);
  assert.deepEqual(asked("[::1]:53", "::1", "0:0::1", "192.0.2.1"), ["192.0.2.1"]);
  assert.deepEqual(asked("0.0.0.0:53", "127.0.0.1", "192.0.2.1"), ["192.0.2.1"]);
  assert.deepEqual(asked("127.0.0.1:10053", "127.0.0.1"), ["127.0.0.1"]);
  assert.deepEqual(asked(undefined, "127.0.0.1"), ["127.0.0.1"]);
});
