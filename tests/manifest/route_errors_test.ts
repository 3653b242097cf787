// What is said about a wrong route or a wrong entrance: each case pins line, column and message of everything that is found.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifest } from "../../core/manifest/mod.ts";
import type { PluginKey } from "../../core/plugin/key.ts";
import { KEYS } from "../support/builtin_keys.ts";

const TO_HINT = ` | Add 'to: [10.0.0.0/8, "*.example.com"]', for example`;
const VIA_HINT = " | Add 'via' and the name of a host, or 'action: refuse'";
const CIDR_HINT = "Write an address and a mask, such as 10.0.0.0/8";
const PORTS_HINT = "Write ':443' or ':8000-8999'";
const URL_HINT = "Write 'socks5://proxy.example.com:1080'";

/** A rule's key that takes strings alone. */
const LIST_KEY: PluginKey = {
  name: "names-of",
  description: "For tests.",
  destinations: true,
  schema: {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => (typeof value === "string" ? { value } : { issues: [{ message: "is no string" }] }),
    },
  },
};
const OTHER_KEY: PluginKey = { ...LIST_KEY, name: "other-rule" };

interface Case {
  readonly name: string;
  readonly text: string;
  readonly want: readonly string[];
}

/** A case about a route, written on line 4 behind a dash. The host "me" is the manager's own. */
function route(text: string, ...want: string[]): Case {
  return {
    name: `route ${text}`,
    text: `hosts: {web: {vip: 127.0.0.2, cmd: x}, me: {vip: 127.0.0.3}}\n\nroutes:\n  - ${text}\n`,
    want,
  };
}

/** A case about one host's key, written on line 4. */
function key(text: string, ...want: string[]): Case {
  return { name: text, text: `hosts:\n  a:\n    vip: 127.0.0.2\n    ${text}\n`, want };
}

const CASES: readonly Case[] = [
  route(
    "{to: [10.0.0.1], via: web}",
    "4:11: error: '10.0.0.1' has no mask, a network was wanted | For this one address add '/32': '10.0.0.1/32'",
  ),
  route(
    '{to: ["::1"], via: web}',
    "4:11: error: '::1' has no mask, a network was wanted | For this one address add '/128': '::1/128'",
  ),
  route("{to: [10.0.0.0/33], via: web}", "4:11: error: Mask of '10.0.0.0/33' is not a number from 0 to 32"),
  route("{to: [10.0.*], via: web}", `4:11: error: '10.0.*' is not a network in CIDR notation | ${CIDR_HINT}`),
  route("{to: [web/8], via: web}", `4:11: error: 'web/8' is not a network in CIDR notation | ${CIDR_HINT}`),
  route(
    "{to: [a b], via: web}",
    "4:11: error: 'a b' is neither a network nor a glob of host names | Write '10.0.0.0/8' or '*.example.com'",
  ),
  route("{to: [], via: web}", "4:10: error: 'to' is an empty list, at least 1 item was wanted"),
  route("{to: ['*'], via: wed}", "4:22: error: 'via' is 'wed', the name or VIP of a host was wanted | Did you mean 'web'?"),
  route("{to: ['*'], via: 127.0.0.9}", "4:22: error: 'via' is '127.0.0.9', the name or VIP of a host was wanted"),
  route("{}", `4:5: error: Item 1 of 'routes' has no 'to'${TO_HINT}`, `4:5: error: Item 1 of 'routes' has no 'via'${VIA_HINT}`),
  route("", `4:5: error: Item 1 of 'routes' has no 'to'${TO_HINT}`, `4:5: error: Item 1 of 'routes' has no 'via'${VIA_HINT}`),
  route("via: web", `4:5: error: Item 1 of 'routes' has no 'to'${TO_HINT}`),
  route("to: ['*']\n  - to: ['*']\n    via: web", `4:5: error: Item 1 of 'routes' has no 'via'${VIA_HINT}`),
  route(
    "{to: 5, via: web}",
    "4:10: error: 'to' is a number, a list was wanted | Put it in quotes and brackets, as the only item",
  ),
  route(
    "{to: ['*'], via: 5}",
    "4:22: error: 'via' is a number, a string was wanted | Put it in quotes if it is meant as it stands",
  ),
  route("web", "4:5: error: Item 1 of 'routes' is a string, a mapping was wanted"),
  route("{to: ['*:443', '[2001:db8::/32]:1-2', a_b], notTo: ['10.0.0.0/8:80'], via: web}"),
  route("{to: ['*:0'], via: web}", `4:11: error: Ports '0' of '*:0' are not numbers from 1 to 65535 | ${PORTS_HINT}`),
  route("{to: ['*:9-8'], via: web}", `4:11: error: Ports '9-8' of '*:9-8' are not numbers from 1 to 65535 | ${PORTS_HINT}`),
  route("{to: ['*:x'], via: web}", `4:11: error: Ports 'x' of '*:x' are not numbers from 1 to 65535 | ${PORTS_HINT}`),
  route("{to: ['*'], notTo: [10.0.*], via: web}", `4:25: error: '10.0.*' is not a network in CIDR notation | ${CIDR_HINT}`),
  route("{to: ['*'], action: refuse}"),
  route(
    "{to: ['*'], action: refuse, via: web}",
    "4:38: error: A route that is refused has a 'via' | Leave out 'via', or 'action'",
  ),
  route("{to: ['*'], action: via}", "4:25: error: 'action' is 'via', but there is no 'via' | Add 'via' and the name of a host"),
  route(
    "{to: ['*'], action: refused}",
    "4:25: error: 'action' is 'refused', 'via' or 'refuse' was wanted | Did you mean 'refuse'?",
  ),

  route("{to: ['*'], via: 'socks5://me:pw@127.0.0.1:1080'}"),
  route(
    "{to: ['*'], via: 'http://me:pw@p:1'}",
    `4:22: error: A proxy of 'http:' is not served, one of SOCKS was wanted | ${URL_HINT}`,
  ),
  route("{to: ['*'], via: 'socks5://'}", `4:22: error: 'via' is not the URL of a proxy | ${URL_HINT}`),
  route("{to: ['*'], via: 'socks5://p:1/x'}", "4:22: error: The URL of a proxy ends behind its port"),
  route("{to: ['*'], via: 'socks4://me:pw@p:1'}", "4:22: error: SOCKS4 has no passwords | Leave it out, or use 'socks5://'"),
  {
    name: "a proxy without a host of the manager's own",
    text: "hosts: {web: {vip: 127.0.0.2, cmd: x}}\nroutes: [{to: ['*'], via: 'socks5://p:1080'}]\n",
    want: [
      "2:27: error: A proxy is reached from the manager's own host, and there is none | " +
        "Add a host without a way to it, such as 'local: { vip: 127.0.42.100 }'",
    ],
  },

  route("{names-of: x, via: web}"),
  route("{names-of: x, notTo: ['*.org'], action: refuse}"),
  route("{names-of: 5, via: web}", "4:16: error: 'names-of' is no string"),
  route("{names-of: , via: web}", "4:6: error: 'names-of' has no value"),
  route(
    "{to: ['*'], names-of: x, via: web}",
    "4:17: error: A route has both 'names-of' and 'to', one was wanted | Make two routes of it",
  ),
  route(
    "{other-rule: x, names-of: x, via: web}",
    "4:21: error: A route has both 'names-of' and 'other-rule', one was wanted | Make two routes of it",
  ),
  route(
    "{name-of: x, via: web}",
    "4:5: error: Item 1 of 'routes' has no 'to' | Add 'to: [10.0.0.0/8, \"*.example.com\"]', for example",
    "4:6: warning: Unknown key 'name-of' | Did you mean 'names-of'?",
  ),

  key("http: {listen: 'unix:'}", "4:20: error: 'unix:' has no path | Write 'unix:/run/user/1000/norouter.sock', for example"),
  key("http: {listen: 'unix:~/x.sock', outside: direct}"),
  key("socks: {listen: '127.0.0.1:1', outside: drop}", "4:45: error: 'socks.outside' is 'drop', 'direct' or 'refuse' was wanted"),
  key("http: {listen: '127.0.0.1:1', auth: {user: me}}", "4:35: error: 'http.auth' has no 'http.auth.password'"),
  key("http: {listen: '127.0.0.1:1', auth: }", "4:35: error: 'http.auth' has no value"),
  key(
    "http: {listen: '127.0.0.1:1', auth: {user: 'a:b', password: x}}",
    "4:48: error: 'auth.user' is not valid, 1 to 255 bytes without ':' were wanted",
  ),
  key(
    "dns: {listen: ':53'}",
    "4:19: error: ':53' has no address, 'address:port' was wanted | Write '127.0.0.1:53'; '0.0.0.0:53' is open to every machine",
  ),
  key("dns: {disable: 1}", "4:20: error: 'dns.disable' is a number, true or false was wanted"),

  ...["0.0.0.0:18080", "[::]:18080", "192.168.1.5:18080", "myhost:18080"].map((listen) =>
    key(
      `http: {listen: "${listen}"}`,
      `4:20: warning: HTTP proxy of host 'a' is open to everybody who can reach ${listen} | ` +
        "It leads to the whole network and all that its host can reach, but itself: add 'http.auth', or listen on 127.0.0.1",
    ),
  ),
  ...["127.0.0.1:1", "127.9.8.7:1", "[::1]:1", "localhost:1", "LocalHost:1", "[::ffff:127.0.0.1]:1", "unix:/x"].map((listen) =>
    key(`socks: {listen: "${listen}"}`),
  ),
  key("socks: {listen: '0.0.0.0:1', auth: {user: me, password: x}}"),
  key(
    "dns: {listen: '0.0.0.0:53'}",
    "4:19: warning: Name server of host 'a' is open to everybody who can reach 0.0.0.0:53 | Listen on 127.0.0.1",
  ),
  key("dns: {listen: '0.0.0.0:53', disable: true}"),
  {
    name: "a proxy of the template that is open is told once",
    text: "hostTemplate: {socks: {listen: '0.0.0.0:1'}}\nhosts: {a: {vip: 127.0.0.2}, b: {vip: 127.0.0.3}}\n",
    want: [
      "1:32: warning: SOCKS proxy of 'hostTemplate' is open to everybody who can reach 0.0.0.0:1 | " +
        "It leads to the whole network and all that its host can reach, but itself: add 'socks.auth', or listen on 127.0.0.1",
    ],
  },
  {
    name: "a route that leads clients on other machines to a host's own addresses is told",
    text:
      "hosts: {a: {vip: 127.0.0.2, socks: {listen: '0.0.0.0:1', auth: {user: me, password: x}}}, b: {vip: 127.0.0.3}}\n" +
      "routes:\n- {to: ['0.0.0.0/0'], via: b}\n- {to: ['0.0.0.0/0'], notTo: ['127.0.0.0/8', '169.254.0.0/16'], via: b}\n" +
      "- {to: ['127.0.0.0/8:80'], via: b}\n- {to: ['::/0'], action: refuse}\n- {to: ['*'], via: b}\n",
    want: [
      "3:8: warning: Clients of the SOCKS proxy of host 'a' on other machines reach 127.0.0.0/8, 169.254.0.0/16 of host 'b' itself | " +
        'If that is not meant, add \'notTo: ["127.0.0.0/8", "169.254.0.0/16"]\'',
      "5:8: warning: Clients of the SOCKS proxy of host 'a' on other machines reach 127.0.0.0/8 of host 'b' itself | " +
        "If that is not meant, add 'notTo: [\"127.0.0.0/8\"]'",
    ],
  },
  {
    name: "such a route is no matter while every proxy is for its own machine",
    text: "hosts: {a: {vip: 127.0.0.2, socks: {listen: '127.0.0.1:1'}}}\nroutes: [{to: ['0.0.0.0/0'], via: a}]\n",
    want: [],
  },
];

for (const { name, text, want } of CASES) {
  test(name, () => {
    const { manifest, diagnostics } = parseManifest(text, "m.yaml", { ...KEYS, route: [...KEYS.route, LIST_KEY, OTHER_KEY] });
    const shown = diagnostics.map(
      ({ line, column, severity, message, hint }) => `${line}:${column}: ${severity}: ${message}${hint ? ` | ${hint}` : ""}`,
    );
    assert.deepEqual(shown, want);
    assert.equal(
      manifest === undefined,
      shown.some((line) => line.includes(": error: ")),
    );
  });
}
