// The key `sockets` of the manifest: what it takes, what it refuses, what it warns about.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifest } from "../../core/manifest/mod.ts";
import { KEYS } from "../../tests/support/builtin_keys.ts";
import type { SocketSettings } from "./settings.ts";

const WEB = { vip: "127.0.42.2", cmd: "x", aliases: ["www"], ports: ["80:127.0.0.1:80", "81:unix:@web", "82:unix:/run/loop"] };

function parsed(sockets: unknown, more: object = {}) {
  const hosts = { here: { vip: "127.0.42.1", sockets }, web: { ...WEB, sockets: ["/run/loop -> here:1"] } };
  const { manifest, diagnostics } = parseManifest(JSON.stringify({ hosts, ...more }), "m.yaml", KEYS);
  const said = diagnostics.filter(({ message }) => !message.includes("'here:1'"));
  return { sockets: manifest?.hosts[0]?.keys.sockets as readonly SocketSettings[] | undefined, said };
}

const found = (sockets: unknown, more?: object) => parsed(sockets, more).said.map(({ message }) => message);

test("a text and a mapping say the same; more is in a mapping alone", () => {
  const both = { path: "/run/a b.sock", to: "web:80" };
  for (const one of ["/run/a b.sock -> web:80", " /run/a b.sock->web:80 ", both]) assert.deepEqual(parsed([one]).sockets, [both]);
  const full = { path: "~/x", to: "[::1]:80", mode: "0660", owner: "root:docker" };
  const all = ["$DIR/a -> www:81", "$A_B/b -> 127.0.42.2:80", "@a -> WEB.:80", full];
  assert.deepEqual(
    parsed(all).sockets?.map(({ path, to }) => `${path} ${to}`),
    ["$DIR/a www:81", "$A_B/b 127.0.42.2:80", "@a WEB.:80", "~/x [::1]:80"],
  );
  assert.deepEqual(parsed([full]).sockets, [full]);
  assert.deepEqual(parsed([{ ...full, owner: 33 }]).sockets?.[0]?.owner, "33");
});

test("what is wrong says what it is and what was wanted", () => {
  const item = "'sockets[0]";
  const cases: readonly (readonly [unknown, string])[] = [
    ["/a -> web:80", "'sockets' is no list, a list of sockets was wanted"],
    [["/a"], "'/a' has no '->'"],
    [["a.sock -> web:80"], "Path 'a.sock' of a socket is not absolute"],
    [["unix:/a -> web:80"], "Path 'unix:/a' begins with 'unix:'"],
    [["/a/ -> web:80"], "Path '/a/' of a socket names a folder"],
    [["~me/a -> web:80"], "'~me' is not looked up"],
    [["@ -> web:80"], "'@' is an abstract socket without a name"],
    [["/a\nb -> web:80"], "The path of a socket '/a␊b' holds a control character"],
    [["/a\0b -> web:80"], "The path of a socket holds a NUL character"],
    [[`/${"x".repeat(107)} -> web:80`], "The path of a socket has 108 bytes, 107 are the most that a system takes"],
    [["/a -> web"], "'web' is no 'host:port'"],
    [["/a -> web:0"], "Port '0' of 'web:0' is not a number from 1 to 65535"],
    [["/a -> we b:80"], "'/a -> we b:80' has no '->'"],
    [["/a -> ::1:80"], "IPv6 address in '::1:80' stands without brackets"],
    [["/a -> web:80", "/a -> web:81"], "Item 2 of 'sockets' has the path of item 1"],
    [[{ path: "/a" }], `${item}.to' is missing`],
    [[{ path: "/a", to: "web:80", mode: 660 }], `${item}.mode' is a number as it stands, a string was wanted; put it in quotes`],
    [[{ path: "/a", to: "web:80", mode: "0680" }], `${item}.mode' is '0680', three octal digits, such as "0660", was wanted`],
    [[{ path: "/a", to: "web:80", owner: "a:b:c" }], `${item}.owner' is 'a:b:c', 'user', 'user:group' or ':group' was wanted`],
    [[{ path: "/a", to: "web:80", user: "x" }], `${item}.user' is not known`],
    [[{ path: "@a", to: "web:80", mode: "0660" }], `${item}' is an abstract socket, which has neither mode nor owner`],
  ];
  for (const [value, message] of cases) assert.deepEqual(found(value), [message]);
});

test("a destination that leads nowhere is odd; one of a route is not", () => {
  const odd = (to: string, more?: object) =>
    parsed([`/a -> ${to}`], more).said.map(({ severity, hint }) => `${severity}: ${hint}`);
  assert.deepEqual(odd("web:5433"), ["warning: It publishes 80, 81, 82"]);
  assert.deepEqual(odd("here:80"), ["warning: Add it to the 'ports' of host 'here'"]);
  assert.deepEqual(odd("wbe:80"), ["warning: Did you mean 'web'?"]);
  assert.deepEqual(odd("example.org:80"), ["warning: undefined"]);
  const routes = (...to: string[]) => ({ routes: [{ to, via: "web" }] });
  assert.deepEqual(odd("example.org:80", routes("*.org")), []);
  assert.deepEqual(odd("example.org:80", routes("10.0.0.0/8")), []);
  assert.deepEqual(odd("10.1.2.3:80", routes("10.0.0.0/8")), []);
  assert.deepEqual(odd("11.1.2.3:80", routes("10.0.0.0/8")), ["warning: undefined"]);
});

test("a socket that comes back to itself is an error, over other hosts too", () => {
  const loop = (here: string, web: string) => {
    const hosts = {
      here: { vip: "127.0.42.1", ports: ["1:unix:/run/here"], sockets: [here] },
      web: { vip: "127.0.42.2", cmd: "x", ports: ["2:unix:/run/web", "3:unix:@web"], sockets: [web] },
    };
    const { diagnostics } = parseManifest(JSON.stringify({ hosts }), "m.yaml", KEYS);
    return diagnostics.map(({ message }) => message);
  };
  const back = (path: string, to: string) => `Socket '${path}' leads to ${to}, whose target is that socket itself`;
  assert.deepEqual(loop("/run/here -> 127.0.42.1:1", "/x -> here:1"), [back("/run/here", "127.0.42.1:1")]);
  assert.deepEqual(loop("/x -> web:3", "@web -> WEB:3"), [back("@web", "WEB:3")]);
  assert.deepEqual(loop("/run/here -> web:2", "/run/web -> here:1"), [back("/run/here", "web:2"), back("/run/web", "here:1")]);
  assert.deepEqual(loop("/run/web -> web:2", "/run/here -> here:1"), []);
});
