// The name server under other people's programs: dig, kdig, delv, dnsperf, dnspython, and side by side with dnsmasq.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { runToEnd, startChild } from "../../tests/support/child.ts";
import { type DnsNetwork, dnsNetwork } from "../../tests/support/dns_network.ts";
import { ask, fakeNameServer, show } from "../../tests/support/dns_tools.ts";
import { needs, pathOf } from "../../tests/support/engines.ts";
import { freePort } from "../../tests/support/free_port.ts";
import type { Address } from "../../tests/support/servers.ts";
import { ownVip } from "../../tests/support/tcp_network.ts";
import { answerTo } from "./message.ts";
import { readQuery } from "./query.ts";

const LONG = { timeout: 60_000 };
/** Debian's own, which has dnspython. */
const PYTHON = "/usr/bin/python3";
const noDnspython = () => spawnSync(PYTHON, ["-c", "import dns"]).status !== 0 && "dnspython is not installed";

/** Runs a body on a network with the names `web` and `www.example.com`, a route for `*.corp`, and one that refuses `ads.*`. */
async function serving(body: (network: DnsNetwork & { readonly vip: string }) => Promise<void>) {
  const vip = ownVip();
  const upstream = await fakeNameServer(({ type }, _way, _packet, raw) => answered(raw, type === "A"));
  const network = await dnsNetwork({
    hosts: { local: {}, web: { vip, aliases: ["www.example.com"] }, bastion: {} },
    routes: [
      { to: ["*.corp"], via: "bastion" },
      { to: ["ads.*"], via: undefined },
    ],
    knows: {
      local: { servers: () => [upstream] },
      bastion: { names: { "db.corp": ["10.1.2.3"] }, servers: () => [upstream] },
    },
  });
  try {
    await body({ ...network, vip });
  } finally {
    await network.stop();
    await upstream.stop();
  }
}

/** The answer to any question, with the name as it was asked for: 192.0.2.1, or nothing. */
function answered(raw: Uint8Array, full: boolean): Uint8Array | undefined {
  const query = readQuery(raw);
  if (query === undefined || query instanceof Uint8Array) return query;
  return answerTo(query, { rcode: 0, records: full ? [{ type: "A", ttl: 77, data: "192.0.2.1" }] : [] });
}

/** Standard output of a tool that is installed, without spaces at its ends. */
async function output(tool: string, ...args: string[]): Promise<string> {
  const { stdout, stderr, code } = await runToEnd([pathOf(tool) ?? tool, ...args], { timeoutMs: 50_000 });
  assert.equal(code, 0, `${tool} ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout.trim();
}

test("dig: own names by UDP and TCP, reverse, far names, refusals with their reason", {
  ...LONG,
  skip: needs("dig"),
}, async () => {
  await serving(async ({ server, vip }) => {
    const dig = (...args: string[]) => output("dig", `@${server.host}`, "-p", `${server.port}`, ...args);
    assert.equal(await dig("WEB", "+short"), vip);
    assert.equal(await dig("www.example.com.", "+tcp", "+short"), vip);
    assert.equal(await dig("-x", vip, "+short"), "web.");
    assert.equal(await dig("db.corp", "+short"), "10.1.2.3");
    assert.equal(await dig("other.example", "+dnssec", "+short"), "192.0.2.1");
    assert.equal(await dig("web", "db.corp", "+tcp", "+keepopen", "+short"), `${vip}\n10.1.2.3`);
    assert.match(await dig("ads.example"), /status: REFUSED[\s\S]*EDE: 15 \(Blocked\): \(routes\[1\] refuses the name\)/);
    assert.match(await dig("no.corp"), /status: NXDOMAIN/);
    assert.match(await dig("version.bind", "TXT", "CH"), /status: REFUSED/);
    assert.match(await dig("web", "AXFR"), /Transfer failed/);
    assert.match(await dig("web", "+opcode=4", "+noedns"), /opcode: NOTIFY, status: NOTIMP/);
    assert.match(await dig("web"), /flags: qr aa rd ra;.*\n\n[\s\S]*EDNS: version: 0, flags:; udp: 1232/);
    assert.match(await dig("web", "+edns=7", "+noednsnegotiation"), /status: BADVERS/);
  });
});

test("kdig: padding, cookies and a kept connection", { ...LONG, skip: needs("kdig") }, async () => {
  await serving(async ({ server, vip }) => {
    const kdig = (...args: string[]) => output("kdig", `@${server.host}`, "-p", `${server.port}`, "+short", ...args);
    assert.equal(await kdig("web", "+padding=468", "+cookie"), vip);
    assert.equal(await kdig("+tcp", "+keepopen", "web", "www.example.com", "db.corp"), `${vip}\n${vip}\n10.1.2.3`);
    assert.equal(await kdig("+bufsize=512", "other.example"), "192.0.2.1");
  });
});

test("delv: own names are authoritative", { ...LONG, skip: needs("delv") }, async () => {
  await serving(async ({ server, vip }) => {
    const delv = (...args: string[]) => output("delv", "-i", `@${server.host}`, "-p", `${server.port}`, ...args);
    assert.match(await delv("web", "A"), new RegExp(`; authoritative\nweb\\.\\s+10\\s+IN\\s+A\\s+${vip}`));
    assert.match(await delv("db.corp", "A"), /10\.1\.2\.3/);
  });
});

test("dnsperf: no question is lost", { ...LONG, skip: needs("dnsperf") }, async () => {
  const seconds = process.env.NOROUTER_TEST_QUICK ? "1" : "5";
  await serving(async ({ server }) => {
    const names = ["web", "WWW.example.com", "db.corp", "other.example"].map((name) => `${name} A\n`).join("");
    const folder = mkdtempSync(join(tmpdir(), "norouter-dns-"));
    const file = join(folder, "names");
    writeFileSync(file, names);
    for (const mode of ["udp", "tcp"]) {
      const at = ["-s", server.host, "-p", `${server.port}`, "-m", mode, "-d", file, "-l", seconds, "-c", "10"];
      const stdout = await output("dnsperf", ...at);
      assert.match(stdout, /Queries lost:\s+0 /, stdout);
      assert.match(stdout, /Response codes:\s+NOERROR \d+ \(100\.00%\)/, stdout);
      const [, rate = ""] = /Queries per second:\s+(\d+)/.exec(stdout) ?? [];
      assert.ok(Number(rate) > 100, `${rate} questions a second`);
    }
    rmSync(folder, { recursive: true });
  });
});

/** Prints a line for each odd packet; dnspython checks number, question and form of every answer. */
const ODD = `
import socket, sys, dns.edns, dns.flags, dns.message, dns.opcode, dns.query, dns.rcode, dns.update
host, port = sys.argv[1], int(sys.argv[2])
def ask(what, message, way=dns.query.udp, **more):
    try: answer = way(message, host, port=port, timeout=5, **more)
    except Exception as error: return print(what, type(error).__name__)
    print(what, dns.rcode.to_text(answer.rcode()), *(str(rdata) for rrset in answer.answer for rdata in rrset))
make = dns.message.make_query
ask("mixed", make("wEb", "A"))
ask("options", make("web", "A", use_edns=0, options=[dns.edns.GenericOption(code, b"x" * 9) for code in (3, 10, 12, 65001)]))
ask("subnet", make("web", "A", use_edns=0, options=[dns.edns.ECSOption("192.0.2.0", 24)]))
ask("dnssec", make("db.corp", "A", want_dnssec=True))
ask("tiny", make("web", "A", use_edns=0, payload=0))
version = make("web", "A"); version.use_edns(3)
ask("version", version)
ask("tcp", make("web", "A"), dns.query.tcp)
ask("type", make("web", 65280))
ask("class", make("web", "A", "CH"))
ask("escaped", make("we\\\\.b", "A"))
ask("longest", make(".".join(["a" * 63] * 3 + ["b" * 61]), "A"))
ask("root", make(".", "NS"))
update = dns.update.UpdateMessage("web"); update.add("x", 300, "A", "192.0.2.1")
ask("update", update, ignore_unexpected=True)
two = make("web", "A"); two.question.append(make("db.corp", "A").question[0])
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); sock.settimeout(5); sock.connect((host, port))
sock.send(two.to_wire()); print("two", dns.rcode.to_text(dns.message.from_wire(sock.recv(4096), question_only=True).rcode()))
loop = b"\\x12\\x34\\x01\\0\\0\\1\\0\\0\\0\\0\\0\\0\\xc0\\x0c\\0\\1\\0\\1"
sock.send(b"\\0"); sock.send(b"x" * 11); sock.send(b"\\x12\\x34\\x81" + loop[3:]); sock.send(loop)
print("loop", sock.recv(4096).hex())
`;

test("dnspython: odd packets", { ...LONG, skip: noDnspython() }, async () => {
  await serving(async ({ server, vip }) => {
    const { stdout, stderr } = await runToEnd([PYTHON, "-", server.host, `${server.port}`], { input: ODD });
    assert.deepEqual(
      stdout.trim().split("\n"),
      [
        `mixed NOERROR ${vip}`,
        `options NOERROR ${vip}`,
        `subnet NOERROR ${vip}`,
        "dnssec NOERROR 10.1.2.3",
        `tiny NOERROR ${vip}`,
        "version BADVERS",
        `tcp NOERROR ${vip}`,
        "type NOERROR",
        "class REFUSED",
        "escaped NOERROR 192.0.2.1",
        "longest NOERROR 192.0.2.1",
        "root NOERROR",
        "update NOTIMP",
        "two FORMERR",
        "loop 123481010000000000000000",
      ],
      stderr,
    );
  });
});

/** A dnsmasq that has the same names, owns them, and asks nobody. */
async function startDnsmasq(vip: string, reverse: string) {
  const host = ownVip();
  const at: Address = { host, port: await freePort(host) };
  const options = [
    ...["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces", "--pid-file="],
    ...(process.getuid?.() === 0 ? ["--user=root"] : []), // else it wants a user of its own
    ...[`--listen-address=${at.host}`, `--port=${at.port}`, "--local-ttl=10"],
    ...[`--host-record=web,${vip}`, `--host-record=www.example.com,${vip}`, `--local=/web/www.example.com/${reverse}/`],
  ];
  const child = await startChild([pathOf("dnsmasq") ?? "", ...options]);
  await waitFor(() => ask(at, { name: "web", protocol: "tcp" }), { what: "dnsmasq" });
  return { at, stop: () => child.stop() };
}

/** Why we differ from dnsmasq; every difference is one of these. */
const DIFFERENCES = {
  NOERROR: "dnsmasq sets AA only where it has a record; who owns a name also knows that there is nothing else (RFC 1034 4.3.2)",
  "NXDOMAIN reverse": "a reverse name with a PTR exists, so that other types are not there, not the name (RFC 8020)",
  "NXDOMAIN below": "names below a host's are not the network's, and are asked of the system's servers",
} as const;

test("dnsmasq says the same about the network's names, but for what is listed", { ...LONG, skip: needs("dnsmasq") }, async () => {
  await serving(async ({ server, vip }) => {
    const reverse = `${vip.split(".").reverse().join(".")}.in-addr.arpa`;
    const dnsmasq = await startDnsmasq(vip, reverse);
    const seen = new Set<string>();
    try {
      for (const name of ["web", "WEB.", "wWw.Example.com", reverse, reverse.toUpperCase(), "x.web"]) {
        for (const type of ["A", "AAAA", "MX", "TXT", "ANY", "PTR", "SOA", "NS"]) {
          const [ours, theirs] = [show(await ask(server, { name, type })), show(await ask(dnsmasq.at, { name, type }))];
          if (ours === theirs) continue;
          const about = name === "x.web" ? "below" : name.toLowerCase() === reverse ? "reverse" : "";
          const difference = `${theirs} ${about}`.trim();
          assert.ok(difference in DIFFERENCES, `${name} ${type}: "${ours}" here, "${theirs}" there`);
          assert.match(ours, about === "below" ? /^NOERROR( x\.web A "192\.0\.2\.1")?$/ : /^NOERROR aa$/, `${name} ${type}`);
          seen.add(difference);
        }
      }
    } finally {
      await dnsmasq.stop();
    }
    assert.deepEqual([...seen].sort(), Object.keys(DIFFERENCES).sort());
  });
});
