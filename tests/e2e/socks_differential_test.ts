// The same raw handshakes for ours, dante and microsocks. Where they differ, it says here why.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { listensIn } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { type Child, startChild } from "../support/child.ts";
import { agentArgv } from "../support/cli.ts";
import { needs } from "../support/engines.ts";
import { freePort } from "../support/free_port.ts";
import { ONCE, vip } from "../support/lab.ts";
import { type TempDir, tempDir } from "../support/lifetime.ts";
import { type Network, startNetwork } from "../support/network.ts";
import { type Address, startEcho, type TestServer } from "../support/servers.ts";
import { converse, SOCKS_CASES } from "../support/socks_cases.ts";

/** What ours does, by case. */
const OURS: Readonly<Record<string, string>> = {
  "5: connect to an IPv4 address": "5.0 5.0 echo",
  "5: byte by byte": "5.0 5.0 echo",
  "5: all at once, with the first words for the target": "5.0 5.0 echo",
  "5: connect to a name": "5.0 5.0 echo",
  "5: connect to an address that is sent as a name": "5.0 5.0 echo",
  "5: connect to an IPv6 address": "5.0 5.0 echo",
  "5: refused by the target": "5.0 5.5 end",
  "5: a name that nobody has": "5.0 5.4 end",
  "5: an empty name": "5.0 5.8 end",
  "5: port 0": "5.0 5.1 end",
  "5: BIND": "5.0 5.7 end",
  "5: UDP ASSOCIATE": "5.0 5.7 end",
  "5: a command that does not exist": "5.0 5.7 end",
  "5: a kind of address that does not exist": "5.0 5.8 end",
  "5: a reserved byte that is not 0": "5.0 5.0 echo",
  "5: several methods, none among them": "5.0 5.0 echo",
  "5: only GSSAPI is offered": "5.255 end",
  "5: only name and password are offered, and none is wanted": "5.2 5.1 end",
  "5: no method at all": "5.255 end",
  "5: the request says version 4": "5.0 5.1 end",
  "4: connect to an address": "0.90 echo",
  "4: connect with a user's name": "0.90 echo",
  "4: 4a: connect to a name": "0.90 echo",
  "4: 4a: a name that nobody has": "0.91 end",
  "4: refused by the target": "0.91 end",
  "4: BIND": "0.91 end",
  "version 6": "end",
  "an HTTP request": "HTTP/1.1 400 Bad Request end",
};

/** What another one does instead, and why; `*` is for every case that begins so. */
type Differences = Readonly<Record<string, readonly [does: string, why: string]>>;

const ANY_PASSWORD = "we take any name and password where none is wanted: some clients offer nothing else";
const DANTE: Differences = {
  "5: connect to an IPv6 address": ["5.0 5.2 end", "its rules here are for IPv4"],
  "5: an empty name": ["5.0 5.4 end", "it looks the empty name up; we say that it is no address"],
  "5: port 0": ["5.0 5.8 end", "RFC 1928 has no code for it"],
  "5: BIND": ["5.0 5.0 end", "it serves BIND"],
  "5: UDP ASSOCIATE": ["5.0 5.0 waits", "it serves UDP ASSOCIATE"],
  "5: a command that does not exist": ["5.0 end", "it drops the connection; RFC 1928 has a code"],
  "5: a kind of address that does not exist": ["5.0 end", "it drops the connection; RFC 1928 has a code"],
  "5: only name and password are offered, and none is wanted": ["5.255 end", ANY_PASSWORD],
  "5: the request says version 4": ["5.0 waits", "it waits for the rest of another request"],
  "4: 4a: connect to a name": ["0.91 end", "it does not serve 4a"],
  "4: BIND": ["0.90 end", "it serves BIND"],
  "an HTTP request": ["end", "we say what we are: a browser shows it"],
};
const WHOLE = "it takes one read for one message: what is split or joined is lost";
const MICROSOCKS: Differences = {
  "5: byte by byte": ["*", WHOLE],
  "5: all at once, with the first words for the target": ["5.0 waits", WHOLE],
  "5: a name that nobody has": ["5.0 5.1 end", "it says 'general failure' for a failed lookup"],
  "5: an empty name": ["5.0 5.1 end", "it looks the empty name up"],
  "5: port 0": ["5.0 5.5 end", "it dials port 0"],
  "5: a reserved byte that is not 0": ["5.0 5.1 end", "it is strict where RFC 1928 asks only senders"],
  "5: only name and password are offered, and none is wanted": ["5.255 end", ANY_PASSWORD],
  "4*": ["5.255 end", "it serves version 5 alone"],
  "version 6": ["5.255 end", "it answers in version 5"],
  "an HTTP request": ["5.255 end", "it answers in version 5"],
};

function differenceOf(name: string, differences: Differences): string | undefined {
  const found = Object.entries(differences).find(
    ([key]) => key === name || (key.endsWith("*") && name.startsWith(key.slice(0, -1))),
  );
  return found?.[1][0];
}

const dante = (port: number) => `logoutput: stderr
internal: 127.0.0.1 port = ${port}
external: lo
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
`;

describe("raw handshakes", { skip: ONCE || needs("root", "danted", "microsocks") }, () => {
  const at: Record<"ours" | "dante" | "microsocks", Address> = {
    ours: { host: vip(1), port: 0 },
    dante: { host: "127.0.0.1", port: 0 },
    microsocks: { host: "127.0.0.1", port: 0 },
  };
  const others: Child[] = [];
  let folder: TempDir;
  let network: Network | undefined;
  let echo: TestServer;
  let closed = 0;

  before(async () => {
    folder = tempDir("socks");
    for (const name of ["ours", "dante", "microsocks"] as const) at[name] = { ...at[name], port: await freePort(at[name].host) };
    echo = await startEcho({ host: "::" });
    closed = await freePort("127.0.0.1");
    writeFileSync(`${folder.path}/danted.conf`, dante(at.dante.port));
    others.push(await startChild(["danted", "-f", `${folder.path}/danted.conf`, "-p", `${folder.path}/pid`]));
    others.push(await startChild(["microsocks", "-i", at.microsocks.host, "-p", `${at.microsocks.port}`]));
    const socks = { listen: `${at.ours.host}:${at.ours.port}` };
    network = await startNetwork({
      manifest: { hosts: { local: { vip: vip(1), cmd: agentArgv(), socks, dns: { disable: true } } } },
    });
    await network.ready();
    for (const { port } of Object.values(at)) await waitFor(() => listensIn(process.pid, port), { what: `port ${port}` });
  });
  after(async () => {
    await network?.stop();
    await Promise.all(others.map((child) => child.stop()));
    await echo?.stop();
    folder?.remove();
  });

  for (const one of SOCKS_CASES) {
    test(one.name, async () => {
      const surroundings = { echo: echo.port, closed };
      const ours = OURS[one.name];
      assert.equal(await converse(at.ours, one, surroundings), ours);
      for (const [name, differences] of [
        ["dante", DANTE],
        ["microsocks", MICROSOCKS],
      ] as const) {
        const wanted = differenceOf(one.name, differences) ?? ours;
        if (wanted !== "*") assert.equal(await converse(at[name], one, surroundings), wanted, name);
      }
    });
  }
});
