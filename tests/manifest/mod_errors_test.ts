// What is said about a wrong manifest: each case pins line, column and message of everything that is found.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifest } from "../../core/manifest/mod.ts";
import { KEYS } from "../support/builtin_keys.ts";

/** Findings as `line:column: severity: message`, the hint after a `|`. */
function findings(text: string | Uint8Array): string[] {
  const { manifest, diagnostics } = parseManifest(text, "m.yaml", KEYS);
  assert.equal(
    manifest === undefined,
    diagnostics.some(({ severity }) => severity === "error"),
  );
  return diagnostics.map(
    ({ line, column, severity, message, hint }) => `${line}:${column}: ${severity}: ${message}${hint ? ` | ${hint}` : ""}`,
  );
}

const WAYLESS = " | The host has no way to it and is this machine; is a transport missing in 'plugins'?";
const VIP_HINT = "Write four numbers from 0 to 255, such as 127.0.42.101";
const PORT_HINT = "Write 'port:address:port', such as '8080:127.0.0.1:80'";
const NAME_HINT = "Letters, digits, '_' and '-' within are allowed, parts are separated by '.'";
const AS_KEYS = "Write each name as a key, such as 'web:', and what belongs to it below";
const MISSING_VIP = "Add 'vip: 127.0.42.101', for example";

interface Case {
  readonly name: string;
  readonly text: string;
  readonly want: readonly string[];
}

/** A case about one host's key, written on line 4. */
function key(text: string, ...want: string[]): Case {
  return { name: text, text: `hosts:\n  a:\n    vip: 127.0.0.2\n    ${text}\n`, want };
}

/** A case about a VIP, written on line 3. */
function vip(text: string, ...want: string[]): Case {
  return { name: `vip: ${text}`, text: `hosts:\n  a:\n    vip: ${text}\n`, want };
}

/** A case about a host's name, written on line 2. */
function name(text: string, ...want: string[]): Case {
  return { name: `host name ${text}`, text: `hosts:\n  ${text}: {vip: 127.0.0.2}\n`, want };
}

const CASES: readonly Case[] = [
  { name: "no hosts", text: "hosts: {}\n", want: ["1:8: error: 'hosts' is empty, at least one host was wanted"] },
  { name: "no 'hosts'", text: "hostTemplate: {}\n", want: ["1:1: error: The manifest has no 'hosts'"] },
  { name: "'hosts' without a value", text: "hosts:\n", want: ["1:1: error: The manifest has no 'hosts'"] },
  { name: "a list", text: "- a\n", want: ["1:1: error: The manifest is a list, a mapping was wanted"] },
  { name: "a word", text: "hello\n", want: ["1:1: error: The manifest is a string, a mapping was wanted"] },
  {
    name: "hosts as a list",
    text: "hosts:\n  - a\n",
    want: [`2:3: error: 'hosts' is a list, a mapping was wanted | ${AS_KEYS}`],
  },
  { name: "host as a string", text: "hosts:\n  a: b\n", want: ["2:6: error: Host 'a' is a string, a mapping was wanted"] },
  { name: "host without a VIP", text: "hosts:\n  a:\n", want: [`2:3: error: Host 'a' has no 'vip' | ${MISSING_VIP}`] },
  {
    name: "a route to a host that is wrong is not wrong too",
    text: "hosts:\n  a: b\nroutes: [{to: ['*'], via: a}]\n",
    want: ["2:6: error: Host 'a' is a string, a mapping was wanted"],
  },

  vip("127.0.0.300", `3:10: error: VIP '127.0.0.300' is not an IPv4 address | ${VIP_HINT}`),
  vip("127.1", "3:10: error: 'vip' is a number, a string was wanted | Put it in quotes if it is meant as it stands"),
  vip('"127.0.0.01"', `3:10: error: VIP '127.0.0.01' is not an IPv4 address | ${VIP_HINT}`),
  vip('"::1"', "3:10: error: VIP '::1' is an IPv6 address, an IPv4 address was wanted"),
  vip("127.255.255.255", "3:10: error: VIP '127.255.255.255' cannot belong to one host | Use an address such as 127.0.42.101"),
  vip("0.0.0.0", "3:10: error: VIP '0.0.0.0' cannot belong to one host | Use an address such as 127.0.42.101"),
  vip(
    "10.0.0.5",
    "3:10: error: VIP '10.0.0.5' is outside of 127.0.0.0/8, but loopback is on for host 'a' | " +
      "Use an address such as 127.0.42.101, or set 'loopback.disable: true' in 'hostTemplate'",
  ),
  {
    name: "the same VIP twice",
    text: "hosts:\n  a: {vip: 127.0.0.2}\n  b: {vip: 127.0.0.2}\n",
    want: ["3:12: error: VIP '127.0.0.2' of host 'b' is already that of host 'a' on line 2"],
  },

  name("a_b"),
  name("a:b", `2:3: error: 'a:b' is not a valid host name | ${NAME_HINT}`),
  name("-a", `2:3: error: '-a' is not a valid host name | ${NAME_HINT}`),
  name("a..b", `2:3: error: 'a..b' is not a valid host name | ${NAME_HINT}`),
  name('""', "2:3: error: Host name is empty"),
  name("10.0.0.1", "2:3: error: Host name '10.0.0.1' is an address, a name was wanted | Put the address in the host's 'vip'"),
  name("a".repeat(64), `2:3: error: Part '${"a".repeat(60)}…' of a host name has 64 letters, at most 63 were wanted`),
  name("ab.".repeat(85), `2:3: error: Host name '${"ab.".repeat(20)}…' has 255 letters, at most 253 were wanted`),
  {
    name: "names that differ in case only",
    text: "hosts:\n  web: {vip: 127.0.0.2}\n  Web: {vip: 127.0.0.3}\n",
    want: ["3:3: error: Host name 'Web' is already a name of host 'web' on line 2"],
  },
  {
    name: "the same name twice",
    text: "hosts:\n  web: {vip: 127.0.0.2}\n  web: {vip: 127.0.0.3}\n",
    want: ["3:3: error: 'web' stands twice here, first on line 2"],
  },
  {
    name: "an alias that is a name, an alias twice",
    text: "hosts:\n  a: {vip: 127.0.0.2, aliases: [B, x]}\n  b: {vip: 127.0.0.3, aliases: [X]}\n",
    want: [
      "2:33: error: Alias 'b' is already a name of host 'b' on line 3",
      "3:33: error: Alias 'x' is already a name of host 'a' on line 2",
    ],
  },

  key('ports: "8080"', "4:12: error: 'ports' is a string, a list was wanted | Put it in brackets, as the only item"),
  key(
    "ports: [8080]",
    "4:13: error: Item 1 of 'ports' is a number, a string was wanted | Put it in quotes if it is meant as it stands",
  ),
  key("ports: [~]", "4:13: error: Item 1 of 'ports' is empty, a string was wanted"),
  key('ports: ["8080"]', `4:13: error: Port map '8080' has no target | ${PORT_HINT}`),
  key('ports: ["80:81"]', "4:13: error: Port map '80:81' has no target address | Write '80:127.0.0.1:81'"),
  key('ports: ["0:a:80"]', "4:13: error: Port '0' of '0:a:80' is not a number from 1 to 65535"),
  key('ports: ["1:a:65536"]', "4:13: error: Port '65536' of '1:a:65536' is not a number from 1 to 65535"),
  key('ports: ["1:a:x"]', "4:13: error: Port 'x' of '1:a:x' is not a number from 1 to 65535"),
  key('ports: ["-1:a:1"]', "4:13: error: Port '-1' of '-1:a:1' is not a number from 1 to 65535"),
  key('ports: ["1:a:1/udp"]', "4:13: error: '1:a:1/udp' asks for UDP, only TCP is served yet"),
  key('ports: ["1:a:1/sctp"]', `4:13: error: '1:a:1/sctp' does not end in '/tcp' or a port | ${PORT_HINT}`),
  key('ports: ["1:::1:80"]', "4:13: error: IPv6 address in '1:::1:80' stands without brackets | Write '[::1]'"),
  key('ports: ["1:[x]:80"]', "4:13: error: '[x]' of '1:[x]:80' is not an IPv6 address"),
  key('ports: ["1:127.0.0.300:80"]', "4:13: error: '127.0.0.300' of '1:127.0.0.300:80' is not an IPv4 address"),
  key('ports: ["0:unix:/run/x.sock"]', "4:13: error: Port '0' of '0:unix:/run/x.sock' is not a number from 1 to 65535"),
  key(
    'ports: ["1:unix:~me/x.sock"]',
    "4:13: error: '~me' is not looked up | Write the path in full, or '~/' for the agent's own user",
  ),
  key('ports: ["1:unix:/a\\0b"]', "4:13: error: The path of a socket holds a NUL character"),
  key('ports: ["1:unix:x"]', "4:13: error: Port 'x' of '1:unix:x' is not a number from 1 to 65535"),
  key('ports: ["1::80"]', "4:13: error: '' of '1::80' is neither an address nor a name"),
  key(
    'ports: ["80:127.0.0.2:80", "81:127.0.0.2:82", "82:127.0.0.2:81", "83:127.0.0.1:83"]',
    ...[
      [13, 80],
      [32, 81],
      [51, 82],
    ].map(
      ([column, port]) =>
        `4:${column}: error: Target of port ${port} leads back to 127.0.0.2:${port}, which is this port itself | ` +
        "Name the address where the server listens, such as 127.0.0.1",
    ),
  ),
  key('ports: ["80:a:1", "81:a:1", "80:b:2"]', "4:33: error: Port 80 of host 'a' is published twice, first on line 4"),

  key(`cmd: "ssh 'a"`, "4:10: error: 'cmd' has a quote that is not closed | Close it, or write 'cmd' as a list of words"),
  key("cmd: ssh \\", "4:10: error: 'cmd' ends in a lone backslash"),
  key("cmd: {a: b}", "4:10: error: 'cmd' is a mapping, a string or a list of strings was wanted"),
  key(
    "cmd: [ssh, 1]",
    "4:16: error: Item 2 of 'cmd' is a number, a string was wanted | Put it in quotes if it is meant as it stands",
  ),
  key('cmd: ["", a]', "4:10: error: First word of 'cmd' is empty, the name of a program was wanted"),
  key('cmd: ["a\\0b"]', "4:10: error: 'cmd' holds a NUL character"),

  {
    name: "a prefix that is a whole command",
    text: "hosts:\n  a:\n    vip: 127.0.0.2\n    cmd: docker exec -i web norouter\n    install: true\n",
    want: [
      "4:10: warning: Command ends in 'norouter', but 'install' makes it the prefix of a shell command | " +
        "End it where the shell's command would begin, such as 'docker exec -i web', or take 'install' out",
    ],
  },
  key(
    "cmd: docker exec -it web norouter",
    "4:10: warning: Command asks for a terminal with '-it', which changes the bytes on their way | Write '-i' alone",
  ),

  key(
    'http: {listen: ":80"}',
    "4:20: error: ':80' has no address, 'address:port' was wanted | Write '127.0.0.1:80'; '0.0.0.0:80' is open to every machine",
  ),
  key(
    "socks: {listen: localhost}",
    "4:21: error: 'localhost' has no port, 'address:port' was wanted | Write '127.0.0.1:8080', for example",
  ),
  key(
    "loopback: true",
    "4:15: error: 'loopback' is a boolean, a mapping was wanted | Leave it out: it is on unless 'disable' is true",
  ),
  key("loopback: {disable: yes}", "4:25: error: 'loopback.disable' is a string, true or false was wanted | Write 'true'"),

  key("prots: []", "4:5: warning: Unknown key 'prots' | Did you mean 'ports'?"),
  key("loopback: {disabled: true}", "4:16: warning: Unknown key 'disabled' | Did you mean 'disable'?"),
  key("VIP: x", "4:5: warning: Unknown key 'VIP' | Did you mean 'vip'?"),
  key("colour: blue", `4:5: warning: Unknown key 'colour'${WAYLESS}`),
  key("toString: blue", `4:5: warning: Unknown key 'toString'${WAYLESS}`),
  key("__proto__: blue", `4:5: warning: Unknown key '__proto__'${WAYLESS}`),

  {
    name: "a template with what belongs to one host",
    text: "hostTemplate:\n  vip: 127.0.0.2\n  cmd:\n  aliases: []\n  ports: ['1:a:1', '1:a:1']\nhosts: {a: {vip: 127.0.0.2, ports: ['1:b:1']}}\n",
    want: [
      "2:3: error: 'hostTemplate' may not have 'vip' | Every host needs a VIP of its own: write it in each host",
      "3:3: error: 'hostTemplate' may not have 'cmd' | Every host needs a command of its own: write it in each host",
      "4:3: error: 'hostTemplate' may not have 'aliases' | Names belong to one host: write them in each host",
      "5:20: error: Port 1 of 'hostTemplate' is published twice, first on line 5",
      "6:37: error: Port 1 of host 'a' is published twice, first on line 5",
    ],
  },
];

for (const { name: title, text, want } of CASES) {
  test(title, () => assert.deepEqual(findings(text), want));
}

test("everything is found at once", () => {
  const text = "hosts:\n  a-: {vip: 1.2.3}\n  b: {vip: 127.0.0.2, ports: ['x', 'y']}\n  c: {vip: 127.0.0.2, cmd: \"'\"}\n";
  assert.equal(findings(text).length, 6);
});
