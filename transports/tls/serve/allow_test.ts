// What '--allow' lets peers do, and nothing else.

import assert from "node:assert/strict";
import { test } from "node:test";
import { namedOf, permissionsOf, rulesOf } from "./allow.ts";

const may = (values: readonly string[], peer = "manager") => permissionsOf(rulesOf(values), peer);

test("without a rule nothing may be done", () => {
  const none = may([]);
  const address = none.mayReach({ host: "127.0.0.1", port: 80 });
  assert.deepEqual(
    [address, none.mayReach({ path: "/run/a" }), none.mayLookUp("a", 80), none.mayRun("true")],
    [false, false, false, false],
  );
  assert.deepEqual([none.shown, none.rights.size], ["nothing", 0]);
});

test("an address, a network and ports hold for addresses, however they are written", () => {
  const { mayReach } = may(["127.0.0.1:9000", "10.0.0.0/8:443", "[2001:db8::/32]:80-89", "[::1]:*"]);
  const cases: readonly (readonly [host: string, port: number, expected: boolean])[] = [
    ["127.0.0.1", 9000, true],
    ["::ffff:127.0.0.1", 9000, true],
    ["127.0.0.1", 9001, false],
    ["127.0.0.2", 9000, false],
    ["10.255.0.1", 443, true],
    ["11.0.0.1", 443, false],
    ["2001:db8::5", 85, true],
    ["2001:db8::5", 90, false],
    ["::1", 65_535, true],
    ["127.0.0.1", 0, false],
    ["10.0.0.1", 0, false],
  ];
  for (const [host, port, expected] of cases) assert.equal(mayReach({ host, port }), expected, `${host}:${port}`);
});

test("a name holds for its addresses when it was asked for by that name alone", () => {
  const { mayReach, mayLookUp } = may(["db.example:5432", "*.svc.example:80"]);
  const at = { host: "10.0.0.5", port: 5432 };
  assert.deepEqual(
    [mayReach(at, "db.example"), mayReach(at, "DB.example."), mayReach(at, "other.example"), mayReach(at)],
    [true, true, false, false],
  );
  assert.deepEqual(
    [mayReach({ ...at, port: 80 }, "a.svc.example"), mayReach({ ...at, port: 81 }, "a.svc.example")],
    [true, false],
  );
  assert.deepEqual([mayLookUp("db.example", 5432), mayLookUp("leak.attacker.example", 5432)], [true, false]);
});

test("a name is looked up where its address may be one that is allowed", () => {
  const { mayLookUp, mayReach } = may(["10.0.0.0/8:443"]);
  assert.deepEqual([mayLookUp("a.example", 443), mayLookUp("a.example", 80)], [true, false]);
  assert.deepEqual(
    [mayReach({ host: "10.1.1.1", port: 443 }, "a.example"), mayReach({ host: "1.1.1.1", port: 443 }, "a.example")],
    [true, false],
  );
});

test("a rule for one peer is none for another", () => {
  const rules = ["alice=127.0.0.1:80", "*:22"];
  const reaches = (peer: string, port: number) => may(rules, peer).mayReach({ host: "127.0.0.1", port });
  assert.deepEqual(
    [reaches("alice", 80), reaches("bob", 80), reaches("bob", 22), reaches("alice", 23)],
    [true, false, true, false],
  );
  assert.equal(may(rules, "bob").shown, "*:22");
});

test("Unix sockets are allowed by their path, commands by their line", () => {
  const { mayReach, mayRun, rights } = may(["unix:/run/a=b.sock", "run:systemctl --user start app", "dns"]);
  assert.deepEqual([mayReach({ path: "/run/a=b.sock" }), mayReach({ path: "/run/a" })], [true, false]);
  assert.deepEqual(
    [
      mayRun("systemctl --user start app"),
      mayRun(["systemctl", "--user", "start", "app"]),
      mayRun("systemctl --user start app; id"),
      mayRun(["systemctl", "--user start", "app"]),
    ],
    [true, true, false, false],
  );
  assert.deepEqual([...rights], ["dns"]);
  const abstract = may(["unix:@app"]);
  assert.deepEqual([abstract.mayReach({ path: "@app" }), abstract.mayReach({ path: "/@app" })], [true, false]);
  assert.equal(may(["run"]).mayRun("anything"), true);
});

test("words of a command behind the first one are not shown", () => {
  assert.equal(
    may(["run:app --password secret", "127.0.0.1:80", "run:true", "run"]).shown,
    "run:app ..., 127.0.0.1:80, run:true, run",
  );
});

test("what is no rule is refused, with what is one", () => {
  const wrong = [
    "127.0.0.1",
    "127.0.0.1:",
    ":80",
    "a b:80",
    "10.0.0.0/33:80",
    "host:0",
    "host:90-80",
    "unix:run",
    "unix:@",
    "everything",
    "a=",
  ];
  for (const value of wrong)
    assert.throws(() => rulesOf([value]), { code: "usage", message: /'--allow' does not take .*127\.0\.0\.1:9000/ }, value);
});

test("a peer's name ends at the first equals sign, and a path or a target has none before it", () => {
  assert.deepEqual(namedOf("alice=/run/key"), { name: "alice", rest: "/run/key" });
  assert.deepEqual(namedOf("./a=b"), { name: undefined, rest: "./a=b" });
  assert.deepEqual(namedOf("[::1]:80"), { name: undefined, rest: "[::1]:80" });
});
