// Which host gets a stream: turns, the fewest, the first, room, and clients that stay where they are.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Service } from "../ledger/events.ts";
import { type Candidate, clientOf, pick, type Rank } from "./pick.ts";

const HOSTS = [11, 12, 13];
type Wanted = Pick<Service, "policy" | "sticky" | "max">;

/** Gives streams one after the other; `lasts` says how many later streams each of them outlives. */
function given(service: Wanted, count: number, lasts: (at: number) => number, hosts: readonly number[] = HOSTS): number[] {
  const streams = new Map(hosts.map((host) => [host, 0]));
  const last = new Map<number, number>();
  const ends = new Map<number, number[]>();
  return Array.from({ length: count }, (_, at) => {
    for (const host of ends.get(at) ?? []) streams.set(host, (streams.get(host) ?? 0) - 1);
    const candidates = hosts.map((host) => ({
      host,
      streams: streams.get(host) ?? 0,
      last: last.get(host) ?? 0,
      rank: "up" as const,
    }));
    const host = pick(service, candidates, clientOf(1, at)) ?? assert.fail("nobody was picked");
    streams.set(host, (streams.get(host) ?? 0) + 1);
    last.set(host, at + 1);
    const end = at + 1 + lasts(at);
    ends.set(end, [...(ends.get(end) ?? []), host]);
    return host;
  });
}

const candidate = (host: number, streams = 0, last = 0, rank: Rank = "up"): Candidate => ({ host, streams, last, rank });
const shares = (picked: readonly number[], hosts = HOSTS) => hosts.map((host) => picked.filter((one) => one === host).length);

test("round-robin: each in its turn, whatever it has", () => {
  assert.deepEqual(
    given({ policy: "round-robin" }, 7, (at) => (at % 3 === 0 ? 100 : 0)),
    [11, 12, 13, 11, 12, 13, 11],
  );
});

test("round-robin: who comes back has its turn, and the others go on in theirs", () => {
  const all = [candidate(11, 0, 7), candidate(12, 0, 1), candidate(13, 0, 6)];
  assert.equal(pick({ policy: "round-robin" }, all, 0), 12);
  assert.equal(pick({ policy: "round-robin" }, [candidate(11, 0, 7), candidate(12, 0, 8), candidate(13, 0, 6)], 0), 13);
});

test("least-streams: the fewest; those that have equally few take turns", () => {
  assert.equal(pick({ policy: "least-streams" }, [candidate(11, 2), candidate(12, 1), candidate(13, 3)], 0), 12);
  assert.deepEqual(shares(given({ policy: "least-streams" }, 999, () => 0)), [333, 333, 333]);
  const slow = given({ policy: "least-streams" }, 30, (at) => (at === 0 ? 100 : 1));
  assert.equal(slow.slice(1).filter((host) => host === 11).length, 0, "one long stream is one more than the others have");
});

test("least-streams: shares are even where streams last alike, however long that is", () => {
  for (let length = 0; length <= 40; length += 1) {
    for (const share of shares(given({ policy: "least-streams" }, 900, () => length)))
      assert.ok(Math.abs(share - 300) <= 1, `${share}`);
  }
});

test("first: the first that has room, then the next", () => {
  assert.deepEqual(
    given({ policy: "first" }, 4, () => 9),
    [11, 11, 11, 11],
  );
  assert.deepEqual(
    given({ policy: "first", max: 2 }, 5, () => 9),
    [11, 11, 12, 12, 13],
  );
});

test("max: who is full gets nothing while another is not; then the least loaded gets more", () => {
  const full = [candidate(11, 4), candidate(12, 3), candidate(13, 5)];
  for (const policy of ["round-robin", "least-streams", "first"] as const) {
    assert.equal(pick({ policy, max: 4 }, full, 0), 12);
    assert.equal(pick({ policy, max: 3 }, full, 0), 12);
    assert.equal(pick({ policy, sticky: true, max: 3 }, full, 0), 12);
  }
  assert.equal(pick({ policy: "first" }, [], 0), undefined);
});

test("who runs comes first, then who is being started, then who rests; and nobody is started while there is room", () => {
  const ranked = (running: number, starting: number) => [
    candidate(11, 0, 0, "idle"),
    candidate(12, running),
    candidate(13, starting, 0, "starting"),
    candidate(14, 0, 0, "failed"),
  ];
  for (const policy of ["round-robin", "least-streams", "first"] as const) {
    assert.equal(pick({ policy, max: 2 }, ranked(1, 0), 0), 12);
    assert.equal(pick({ policy, max: 2 }, ranked(2, 1), 0), 13);
    assert.equal(pick({ policy, max: 2 }, ranked(2, 2), 0), 11);
    assert.equal(pick({ policy, max: 2 }, ranked(2, 2).slice(1), 0), 12, "one more than 'max' rather than a host that failed");
    assert.equal(pick({ policy, max: 2 }, ranked(2, 2).slice(2), 0), 14);
    assert.equal(pick({ policy, max: 2 }, ranked(2, 2).slice(2, 3), 0), 13);
    assert.equal(pick({ policy }, ranked(100, 0), 0), 12, "without 'max' one host is enough");
  }
});

test("max: when no host has room, the one that has the fewest gets more, in whatever state they are", () => {
  for (const rank of ["up", "starting", "idle", "failed"] as const) {
    const all = [candidate(11, 3, 1, rank), candidate(12, 2, 2, rank)];
    assert.equal(pick({ policy: "first", max: 2 }, all, 0), 12, rank);
  }
});

test("sticky: a client stays, clients spread, and a host that goes moves its own alone", () => {
  const service = { policy: "first", sticky: true } as const;
  const of = (client: number, hosts: readonly number[]) =>
    pick(
      service,
      hosts.map((host) => candidate(host, host, host)),
      client,
    );
  const clients = Array.from({ length: 3000 }, (_, at) => clientOf(at % 5, at));
  const before = clients.map((client) => of(client, HOSTS) ?? 0);
  for (const share of shares(before)) assert.ok(Math.abs(share - 1000) < 120, `${share}`);
  const after = clients.map((client) => of(client, [11, 13]) ?? 0);
  for (const [at, host] of before.entries()) if (host !== 12) assert.equal(after[at], host);
  assert.ok(
    shares(after, [11, 13]).every((share) => Math.abs(share - 1500) < 150),
    "those of the one that went spread, too",
  );
});

test("a client of another opener, and one without an address, is another client", () => {
  assert.notEqual(clientOf(1, 7), clientOf(2, 7));
  assert.notEqual(clientOf(1, undefined), clientOf(1, 7));
  assert.equal(clientOf(1, 7), clientOf(1, 7));
});
