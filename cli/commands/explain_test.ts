// `explain`: the shared cases through the whole of it, what it says of each entrance, and its exit codes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { manifestOfCase, ROUTE_CASES, type RouteCase, type WantedDecision } from "../../conformance/route_cases.ts";
import { runToEnd } from "../../tests/support/child.ts";
import { programArgv } from "../../tests/support/cli.ts";
import { writtenIo } from "../../tests/support/written_io.ts";
import { explain } from "./explain.ts";

const RULES = fileURLToPath(new URL("../../conformance/names_rule.ts", import.meta.url));

/** Runs `explain` on the text of a manifest. */
async function run(destination: string, text: string, more: { from?: string; json?: boolean } = {}) {
  const { io, out, err } = writtenIo(text);
  const code = await explain({ destination, file: "net.yaml", from: more.from, json: more.json ?? false }, io);
  return { code, out: out(), err: err() };
}

/** As a user would write it. */
function written({ host, port }: RouteCase): string {
  const shown = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return port === 0 ? shown : `${shown}:${port}`;
}

interface Told {
  readonly decision: string;
  readonly destination: { readonly host: string; readonly port?: number };
  readonly host?: string;
  readonly target?: string;
  readonly route?: { readonly index: number; readonly pattern: string };
}

function summary({ decision, destination, host = "", target = "", route = { index: -1, pattern: "" } }: Told): WantedDecision {
  const { port = 0 } = destination;
  const asked = `${destination.host.includes(":") ? `[${destination.host}]` : destination.host}:${port}`;
  const { index, pattern } = route;
  if (decision === "host") return { to: "host", host, port };
  if (decision === "via") return { to: "via", host, target, route: index, pattern };
  if (decision === "nowhere") return { to: "nowhere" };
  return decision === "refused" ? { to: "refused", route: index, pattern } : { to: "outside", target: asked };
}

for (const asked of ROUTE_CASES) {
  test(`explained: ${asked.name}`, async () => {
    const text = manifestOfCase(asked, RULES);
    const { code, out, err } = await run(written(asked), text, { json: true });
    assert.equal(err, "");
    assert.deepEqual(summary(JSON.parse(out) as Told), asked.wants);
    const { wants } = asked;
    const published = wants.to !== "host" || asked.port === 0 || (wants.host === "web" && wants.port === 80);
    assert.equal(code, wants.to === "refused" ? 77 : wants.to === "nowhere" || !published ? 69 : 0);
    const people = await run(written(asked), text);
    assert.equal(people.code, code);
    assert.match(people.out, /^destination {3}.+\nleads to {6}.+\nbecause {7}.+\n/);
  });
}

const NET = `hosts:
  local:
    vip: "127.0.42.100"
    http: {listen: "127.0.0.1:18080"}
    socks: {listen: "127.0.0.1:18081", outside: refuse, auth: {user: me, password: geheim}}
  web: {vip: "127.0.42.101", docker: web, aliases: [www.example.com], ports: ["80:127.0.0.1:8080", "443:127.0.0.1:8443"]}
  bastion: {vip: "127.0.42.102", ssh: me@b, loopback: {disable: true}, socks: {listen: "unix:/s", outside: refuse}}
routes:
  - {to: ["*"], notTo: ["*.outside"], via: web}
  - to: ["*.corp.example:443"]
    via: bastion
  - {to: ["*.evil.org"], action: refuse}
  - {to: ["*.onion"], via: "socks5://me:geheim@127.0.0.1:9050"}
`;

/** The lines that begin with a word, without it. */
const after = (out: string, word: string) =>
  out
    .split("\n")
    .find((line) => line.trimStart().startsWith(word))
    ?.trimStart()
    .slice(word.length)
    .trim();

test("everything about one destination, in lines", async () => {
  const { code, out } = await run("A.Corp.Example.:443", NET);
  assert.equal(code, 0);
  assert.equal(
    out,
    `destination    a.corp.example:443, a name
leads to       a.corp.example:443, resolved and dialled by bastion
because        routes[1] '*.corp.example:443' (net.yaml:10) fits; the last route that fits wins
               routes[0] '*' (net.yaml:9) fits too, but stands before
on local
  loopback     not reached by it: it has the network's own addresses alone
  HTTP proxy   127.0.0.1:18080: leads there
  SOCKS proxy  127.0.0.1:18081: leads there, with the name and password of 'auth'
  DNS          127.0.0.1:10053: asked of bastion
`,
  );
});

test("a host that starts on demand is told as one", async () => {
  const net = 'hosts:\n  web: { vip: 127.0.42.101, cmd: web, onDemand: {}, ports: ["80:127.0.0.1:80"] }\n';
  const { out } = await run("web:80", net);
  assert.equal(after(out, "leads to"), "target 127.0.0.1:80, dialled by web, which a connection starts unless it runs");
  const json = await run("web:80", net, { json: true });
  assert.equal((JSON.parse(json.out) as { startsOnDemand: unknown }).startsOnDemand, true);
});

test("a route that would fit but for its exceptions is told", async () => {
  const { out } = await run("x.outside:80", NET);
  assert.match(
    out,
    /^because +neither the network's own nor any route's\n +routes\[0\] '\*' \(net\.yaml:9\) would fit, but its 'notTo' leaves it out$/m,
  );
  const json = await run("x.outside:80", NET, { json: true });
  const { leftOut } = JSON.parse(json.out) as { leftOut: unknown };
  assert.deepEqual(leftOut, [{ entry: 0, index: 0, line: 9, pattern: "*" }]);
});

const LINES: readonly (readonly [asked: string, from: string | undefined, word: string, wants: string])[] = [
  ["web", undefined, "leads to", "host web, which publishes ports 80, 443"],
  ["bastion", undefined, "leads to", "host bastion, which publishes no ports"],
  ["web:443", undefined, "leads to", "target 127.0.0.1:8443, dialled by web"],
  ["web:81", undefined, "leads to", "nothing: web publishes ports 80, 443"],
  ["web:81", undefined, "loopback", "nothing listens there (not-published)"],
  ["web:81", undefined, "HTTP proxy", "127.0.0.1:18080: fails (not-published, HTTP 403)"],
  ["web:81", undefined, "SOCKS proxy", "127.0.0.1:18081: fails (not-published, SOCKS reply 2)"],
  ["web:80", undefined, "because", "name of host web; what is the network's own comes before every route"],
  ["WWW.example.com", undefined, "because", "alias of host web; what is the network's own comes before every route"],
  ["127.0.42.101:80", undefined, "because", "VIP of host web; what is the network's own comes before every route"],
  ["web:80", undefined, "loopback", "127.0.42.101:80: leads there"],
  ["web", undefined, "loopback", "127.0.42.101:80, 127.0.42.101:443: leads there"],
  ["web:80", undefined, "DNS", "127.0.0.1:10053: A 127.0.42.101"],
  ["web:80", "bastion", "loopback", "off"],
  ["web:80", "bastion", "HTTP proxy", "none"],
  ["web:80", "bastion", "SOCKS proxy", "unix:/s: leads there"],
  ["web:80", "127.0.42.102", "DNS", "none"],
  ["a.corp.example:80", undefined, "leads to", "a.corp.example:80, resolved and dialled by web"],
  ["a.corp.example:80", undefined, "DNS", "127.0.0.1:10053: asked of bastion"],
  ["a.evil.org", undefined, "leads to", "nothing: it is refused"],
  ["a.evil.org", undefined, "HTTP proxy", "127.0.0.1:18080: fails (route-refused, HTTP 403)"],
  ["a.evil.org", undefined, "DNS", "127.0.0.1:10053: refused (route-refused)"],
  ["a.onion:80", undefined, "leads to", "a.onion:80 through the proxy socks5://me@127.0.0.1:9050, dialled by local"],
  ["a.onion:80", undefined, "DNS", "127.0.0.1:10053: not looked up: the proxy resolves the name"],
  ["a.outside:80", undefined, "leads to", "outside of the network, dialled by local itself"],
  ["a.outside:80", undefined, "HTTP proxy", "127.0.0.1:18080: dialled by local itself"],
  ["a.outside:80", undefined, "SOCKS proxy", "127.0.0.1:18081: fails (outside-refused, SOCKS reply 2)"],
  ["a.outside:80", undefined, "DNS", "127.0.0.1:10053: forwarded to the name servers of local"],
  ["a.outside:80", undefined, "No route", "is about addresses, so no proxy looks the name up to decide."],
  ["a.outside:80", "bastion", "leads to", "nothing: the proxies of bastion refuse what is outside"],
  ["192.0.2.1", undefined, "DNS", "127.0.0.1:10053: an address needs no look-up"],
  ["http://web/x?y", undefined, "destination", "web:80, a name"],
  ["https://[2001:db8::1]:8443/", undefined, "destination", "[2001:db8::1]:8443, an address"],
  ["::1", undefined, "destination", "::1, an address"],
];

for (const [asked, from, word, wants] of LINES) {
  test(`explain ${asked}${from ? ` --from ${from}` : ""}: ${word}`, async () => {
    const { out } = await run(asked, NET, from ? { from } : {});
    assert.equal(after(out, word), wants.replace(/^::1,/, "[::1],"));
  });
}

test("a name is looked up by proxies only where a route is about addresses, and that is said", async () => {
  const { out } = await run("a.outside:80", `${NET}  - {to: [10.0.0.0/8], via: bastion}\n`);
  assert.match(out, /Some routes are about addresses: a proxy looks the name up on local first/);
});

test("exit codes: 0 where it leads somewhere, else that of the error a program gets", async () => {
  const code = async (asked: string, from?: string) => (await run(asked, NET, from ? { from } : {})).code;
  assert.deepEqual(
    [await code("web:80"), await code("web"), await code("web:81"), await code("a.evil.org"), await code("a.outside")],
    [0, 0, 69, 77, 0],
  );
  assert.equal(await code("a.outside", "bastion"), 77);
  assert.equal(await code("a.outside", "web"), 0, "without a proxy the network leaves programs alone");
});

test("no password is shown", async () => {
  for (const json of [true, false]) assert.doesNotMatch((await run("a.onion:80", NET, { json })).out, /geheim/);
});

test("a manifest that is wrong is told as 'check' does, and with --json on standard output too", async () => {
  const text = await run("web", "hosts: {a: {vip: x}}");
  assert.deepEqual([text.code, text.out], [65, ""]);
  assert.match(text.err, /^net\.yaml:1:18: error: VIP 'x' is not an IPv4 address\n/);
  const { ok, code, diagnostics } = JSON.parse((await run("web", "hosts: {a: {vip: x}}", { json: true })).out);
  assert.deepEqual([ok, code, diagnostics.length], [false, "manifest-invalid", 1]);
});

test("what is no destination, and a host that is not there, are wrong usage", async () => {
  for (const asked of ["", ":80", "a:0", "a:65536", "a:b", "a b", "[]", "[a:80", "a/b", "x:y:z"])
    await assert.rejects(run(asked, NET), { code: "usage", message: /NAME or NAME:PORT was wanted/ }, asked);
  await assert.rejects(run("web", NET, { from: "bastoin" }), {
    code: "usage",
    message: /"bastoin", one of local, web, bastion was/,
  });
});

test("control characters in a destination do not reach the terminal", async () => {
  const { out } = await run("a\u0007\u001bb:80", NET);
  assert.match(out, /^destination +a\ufffd\ufffdb:80, a name\n/);
});

test("the command itself, with the manifest on standard input", async () => {
  const { code, stdout, stderr } = await runToEnd([...programArgv(), "explain", "web:80", "--manifest", "-"], { input: NET });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^destination {4}web:80, a name\nleads to {7}target 127\.0\.0\.1:8080, dialled by web\n/);
});
