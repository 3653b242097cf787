// What a valid manifest reads to: every key, every form, the template, the warnings.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Manifest, parseManifest, printManifest, withoutPasswords } from "../../core/manifest/mod.ts";
import { type DnsSpec, hasNameServer } from "../../plugins/dns/key.ts";
import { KEYS } from "../support/builtin_keys.ts";

/** The manifest of a text that has no error. */
function valid(text: string): Manifest {
  const { manifest, diagnostics } = parseManifest(text, "m.yaml", KEYS);
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === "error"),
    [],
  );
  assert.ok(manifest);
  return manifest;
}

/** The first host of a manifest whose only host has these keys. */
function host(keys: string): Manifest["hosts"][number] {
  const first = valid(`hosts: {a: {vip: 127.0.0.2, ${keys}}}`).hosts[0];
  assert.ok(first);
  return first;
}

/** What holds for a host that says nothing. */
const DEFAULTS = {
  loopback: { disable: false },
  dns: { listen: "127.0.0.1:10053" },
  stateDir: { pathOnAgent: "~/.norouter/agent", disable: false },
  writeEtcHosts: false,
};

test("a host with nothing but a VIP gets every default", () => {
  assert.deepEqual(valid("hosts:\n  local:\n    vip: 127.0.42.100\n"), {
    hosts: [
      {
        name: "local",
        vip: "127.0.42.100",
        settings: {},
        ports: [],
        aliases: [],
        keys: DEFAULTS,
        written: DEFAULTS,
      },
    ],
    routes: [],
  });
});

function hasDns(spec: Manifest["hosts"][number] | undefined): boolean {
  assert.ok(spec);
  return hasNameServer(spec, spec.keys.dns as DnsSpec);
}

test("hosts keep their order, also with names that are numbers", () => {
  const names = valid("hosts: {b: {vip: 127.0.0.2}, 10: {vip: 127.0.0.3}, 2: {vip: 127.0.0.4}}").hosts.map(({ name }) => name);
  assert.deepEqual(names, ["b", "10", "2"]);
});

const COMMANDS: readonly (readonly [string, readonly string[] | undefined])[] = [
  ['"docker exec -i web norouter"', ["docker", "exec", "-i", "web", "norouter"]],
  [`'sh -c "a  b" c'`, ["sh", "-c", "a  b", "c"]],
  [`"a 'b c'd e\\\\ f ''"`, ["a", "b cd", "e f", ""]],
  ["[ssh, me@host, --, norouter]", ["ssh", "me@host", "--", "norouter"]],
  ['""', undefined],
  ["[]", undefined],
  ["", undefined],
  ["null", undefined],
];

for (const [text, words] of COMMANDS) {
  test(`cmd: ${text}`, () => assert.deepEqual(host(`cmd: ${text}`).settings, words ? { cmd: words } : {}));
}

const PORTS: readonly (readonly [string, number, string, number])[] = [
  ["8080:127.0.0.1:80", 8080, "127.0.0.1", 80],
  ["8080:127.0.0.1:80/tcp", 8080, "127.0.0.1", 80],
  ["8080:[::1]:80", 8080, "::1", 80],
  ["8080:[2001:db8::1]:80/tcp", 8080, "2001:db8::1", 80],
  ["1:db.internal:65535", 1, "db.internal", 65535],
  ["8080:my_service:80", 8080, "my_service", 80],
];

for (const [text, listen, name, port] of PORTS) {
  test(`port map ${text}`, () => {
    assert.deepEqual(host(`ports: ["${text}"]`).ports, [{ listen, protocol: "tcp", target: { host: name, port } }]);
  });
}

test("further keys of a host", () => {
  const full = host(
    `http: {listen: "127.0.0.1:18080", outside: refuse, auth: {user: me, password: "p w"}}, socks: {listen: "[::1]:18081"}, ` +
      `dns: {listen: "[::1]:53"}, loopback: {disable: true}, ` +
      `stateDir: {pathOnAgent: /tmp/x, disable: true}, aliases: [WWW.Example.com., w], writeEtcHosts: true`,
  );
  const auth = { user: "me", password: "p w" };
  assert.deepEqual(full.keys.http, { listen: "127.0.0.1:18080", outside: "refuse", auth });
  assert.deepEqual(full.keys.socks, { listen: "[::1]:18081", outside: "direct" });
  assert.deepEqual(full.keys.dns, { listen: "[::1]:53" });
  assert.equal(hasDns(full), false);
  assert.deepEqual(full.keys.loopback, { disable: true });
  assert.deepEqual(full.keys.stateDir, { pathOnAgent: "/tmp/x", disable: true });
  assert.deepEqual(full.aliases, ["www.example.com", "w"]);
  assert.equal(full.keys.writeEtcHosts, true);
});

test("routes name a host by name in any case or by VIP", () => {
  const { routes } = valid(
    `hosts: {Gate: {vip: 127.0.0.2}}
routes:
  - {to: [10.0.0.0/8, "2001:db8::/32", "*.cloud.example.com", "*"], via: gate}
  - {to: [192.0.2.1/32], via: 127.0.0.2}`,
  );
  assert.deepEqual(routes, [
    { to: ["10.0.0.0/8", "2001:db8::/32", "*.cloud.example.com", "*"], via: "Gate" },
    { to: ["192.0.2.1/32"], via: "Gate" },
  ]);
});

test("a target may be a Unix socket, whose path is all that follows", () => {
  for (const path of ["/run/mysqld/mysqld.sock", "~/.local/x.sock", "$XDG_RUNTIME_DIR/a:b/tcp"])
    assert.deepEqual(host(`ports: ["3306:unix:${path}"]`).ports, [{ listen: 3306, protocol: "tcp", target: { path } }]);
  assert.deepEqual(host('ports: ["80:unix:81"]').ports, [{ listen: 80, protocol: "tcp", target: { host: "unix", port: 81 } }]);
});

test("the template's ports come first, its other keys hold where a host says nothing", () => {
  const { hosts } = valid(`
hostTemplate:
  ports: ["22:127.0.0.1:22"]
  http: {listen: "127.0.0.1:18080"}
  loopback: {disable: true}
  stateDir: {pathOnAgent: /shared}
  writeEtcHosts: true
hosts:
  a: {vip: 10.0.0.1, ports: ["80:127.0.0.1:80"]}
  b: {vip: 10.0.0.2, http: {listen: ""}, writeEtcHosts: false, stateDir: {disable: true}}
`);
  const [a, b] = hosts;
  assert.deepEqual(
    a?.ports.map(({ listen }) => listen),
    [22, 80],
  );
  assert.deepEqual(a?.keys.http, { listen: "127.0.0.1:18080", outside: "direct" });
  assert.equal(hasDns(a), false);
  assert.equal(a?.keys.writeEtcHosts, true);
  assert.deepEqual(b?.keys.http, { listen: "", outside: "direct" });
  assert.equal(b?.keys.writeEtcHosts, false);
  assert.deepEqual(b?.keys.stateDir, { pathOnAgent: "/shared", disable: true });
  assert.deepEqual(b?.keys.loopback, { disable: true });
});

test("the inner keys of the template's proxies and name server count one by one, 'auth' as a whole", () => {
  const { hosts } = valid(`
hostTemplate:
  http: {listen: "127.0.0.1:1", outside: refuse, answerTimeout: 600, auth: {user: all, password: x}}
  socks: {outside: refuse}
  dns: {listen: "127.0.0.1:53"}
hosts:
  a: {vip: 127.0.0.2, http: {outside: direct}, socks: {listen: "127.0.0.1:2"}}
  b: {vip: 127.0.0.3, http: {listen: "127.0.0.1:3", answerTimeout: 1, auth: {user: b, password: y}}, dns: {disable: true}}
`);
  const [a, b] = hosts;
  assert.deepEqual(a?.keys.http, {
    listen: "127.0.0.1:1",
    outside: "direct",
    auth: { user: "all", password: "x" },
    answerTimeout: 600,
  });
  assert.deepEqual(
    [a?.keys.socks, b?.keys.socks],
    [
      { listen: "127.0.0.1:2", outside: "refuse" },
      { listen: "", outside: "refuse" },
    ],
  );
  assert.deepEqual(b?.keys.http, {
    listen: "127.0.0.1:3",
    outside: "refuse",
    auth: { user: "b", password: "y" },
    answerTimeout: 1,
  });
  assert.deepEqual([a?.keys.dns, b?.keys.dns], [{ listen: "127.0.0.1:53" }, { listen: "127.0.0.1:53", disable: true }]);
});

test("anchors, aliases and merge keys", () => {
  const { manifest, diagnostics } = parseManifest(
    `
x-base: &base {vip: 127.0.0.2, ports: &ports ["80:127.0.0.1:80"]}
x-more: &more {cmd: [ssh, b], ports: []}
hosts:
  a: *base
  b: {<<: *base, vip: 127.0.0.3}
  c: {<<: [*more, *base], vip: 127.0.0.4}
  d: {vip: 127.0.0.5, ports: *ports}
`,
    "m.yaml",
    KEYS,
  );
  assert.deepEqual(diagnostics, []);
  const [a, b, c, d] = manifest?.hosts ?? [];
  assert.deepEqual([a?.vip, b?.vip], ["127.0.0.2", "127.0.0.3"]);
  assert.deepEqual(b?.ports, a?.ports);
  assert.deepEqual([c?.settings.cmd, c?.ports], [["ssh", "b"], []]);
  assert.deepEqual(d?.ports, a?.ports);
});

test("bytes, a byte order mark and CRLF", () => {
  const bytes = new TextEncoder().encode("\ufeffhosts:\r\n  a:\r\n    vip: 127.0.0.2\r\n");
  assert.equal(parseManifest(bytes, "m.yaml", KEYS).manifest?.hosts[0]?.vip, "127.0.0.2");
  assert.deepEqual(parseManifest("hosts:\r\n  a:\r\n    vip: x\r\n", "m.yaml", KEYS).diagnostics[0]?.text, "    vip: x");
});

test("the manifest that the first NoRouter shows as its example", () => {
  const { hosts } = valid(`
hosts:
# localhost
  local:
    vip: "127.0.42.100"
  docker:
    cmd: "docker exec -i some-container norouter"
    vip: "127.0.42.101"
    ports: ["8080:127.0.0.1:80"]
  kube:
    cmd: ["kubectl", "--context=some-context", "exec", "-i", "some-pod", "--", "norouter"]
    vip: "127.0.42.102"
    ports: ["8080:127.0.0.1:80"]
`);
  assert.deepEqual(
    hosts.map(({ name, settings: { cmd } }) => [name, cmd?.length]),
    [
      ["local", undefined],
      ["docker", 5],
      ["kube", 7],
    ],
  );
});

test("a host has a name server where its loopback is on, unless it says otherwise", () => {
  const disabled = (keys: string) => !hasDns(host(keys));
  assert.equal(disabled("loopback: {disable: false}"), false);
  assert.equal(disabled("loopback: {disable: true}"), true);
  assert.equal(disabled("loopback: {disable: true}, dns: {disable: false}"), false);
  assert.equal(disabled("dns: {disable: true}"), true);
});

test("every key is served: none warns", () => {
  const { diagnostics } = parseManifest(
    `hosts:
  a: {vip: 127.0.0.2, http: {listen: "127.0.0.1:1"}, aliases: [x_y]}
  b_c: {vip: 127.0.0.3, http: {listen: "127.0.0.1:1"}, socks: {listen: "127.0.0.1:2"}, dns: {disable: true}}
  c: {vip: 127.0.0.4, stateDir: {pathOnAgent: /x, disable: true}, writeEtcHosts: true}
routes:
  - {to: ["*.example.com:443"], notTo: [a.example.com], via: a}
  - {to: [10.0.0.0/8], action: refuse}
  - {to: ["*"], via: "socks5://p:1080"}
`,
    "m.yaml",
    KEYS,
  );
  assert.deepEqual(diagnostics, []);
});

test("routes in every form, with their lines", () => {
  const { manifest, routeLines } = parseManifest(
    `hosts: {web: {vip: 127.0.0.2, cmd: x}, me: {vip: 127.0.0.3}}
routes:
  - to: ["*:443"]
    notTo: [a.org]
    via: web
  - {to: ["*"], via: "socks5://u:p@127.0.0.1:1080"}
  -
    action: refuse
    to: [10.0.0.0/8]
`,
    "m.yaml",
    KEYS,
  );
  const proxy = "socks5://u:p@127.0.0.1:1080";
  assert.deepEqual(manifest?.routes, [
    { to: ["*:443"], notTo: ["a.org"], via: "web" },
    { to: ["*"], via: "me", through: "upstream", keys: { upstream: proxy }, written: { upstream: proxy } },
    { to: ["10.0.0.0/8"], via: undefined },
  ]);
  assert.deepEqual(routeLines, [3, 6, 8]);
});

test("the printed form of a manifest", () => {
  const text = printManifest(
    valid("hosts: {a: {vip: 127.0.0.2, cmd: ssh b, ports: ['1:[::1]:2']}}\nroutes: [{to: ['*'], via: a}]"),
  );
  assert.equal(
    text,
    `hosts:
  a:
    vip: 127.0.0.2
    cmd: ["ssh", "b"]
    ports:
      - "1:[::1]:2/tcp"
    loopback:
      disable: false
    dns:
      listen: "127.0.0.1:10053"
    stateDir:
      pathOnAgent: "~/.norouter/agent"
      disable: false
    writeEtcHosts: false
routes:
  - to: ["*"]
    via: a
`,
  );
});

test("what is printed of words that may be secret is still a manifest, of as many words", () => {
  const host = '{ vip: 127.0.42.101, docker: { image: web, args: ["-e", "TOKEN=hunter22"], command: ["serve", "hunter22"] } }';
  const text = `hosts: { local: { vip: 127.0.42.100 }, web: ${host} }`;
  const printed = printManifest(withoutPasswords(valid(text), KEYS));
  assert.doesNotMatch(printed, /hunter22/);
  assert.deepEqual(parseManifest(printed, "m.yaml", KEYS).diagnostics, []);
});
