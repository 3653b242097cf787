// `verify`: what it says of plugins that are well and of those that are not, with and without a host.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { freeAddress } from "../../conformance/support/free_address.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { verify } from "./verify.ts";

const SETTINGS = `settingsOf({ shorthand: "dir", fields: { dir: { description: "Folder.", required: true } } })`;

const base = tempDir("verify-test");
after(() => base.remove());
let made = 0;

/** A plugin in a file of its own whose hosts are this machine, with a home of their own. */
function pluginFile(change = "", schema = SETTINGS): string {
  made += 1;
  const path = join(base.path, `here${made}.mjs`);
  const home = join(base.path, `home${made}`);
  mkdirSync(home);
  writeFileSync(
    path,
    `export default ({ settingsOf, shellTransport, PLUGIN_API }) => ({
  name: "here", api: PLUGIN_API,
  setup(context) {
    shellTransport({
      name: "here", description: "This machine.", failures: [], settings: ${schema},
      argv: ({ dir }, command) => [...dir.split(" "), ...command], describe: ({ dir }) => "here " + dir,
      env: { HOME: ${JSON.stringify(home)} },
    }).setup({ ...context, transport: (transport) => context.transport({ ...transport, ${change} }) });
  },
});\n`,
  );
  return pathToFileURL(path).href;
}

async function run(specifier: string, settings?: string) {
  const lines: string[] = [];
  const code = await verify({ specifier, settings, json: false }, { stdout: (text) => void lines.push(text.trimEnd()) });
  return { code, lines, bad: lines.filter((line) => !line.startsWith("ok ")) };
}

test("a plugin that is well, without a host", async () => {
  const { code, lines, bad } = await run(pluginFile());
  assert.deepEqual([code, lines.length > 4], [0, true]);
  assert.deepEqual(bad, [
    "left out  cases on a real host: add --settings '{ here: ... }', as the host would have it in a manifest",
  ]);
});

test("what no key of a manifest leads to needs no settings, and a command is tried with them", async () => {
  const leftOutOf = async (name: string) => (await run(name)).bad.join("\n");
  assert.match(await leftOutOf("cmd"), /add --settings '\{ cmd: \.\.\. \}'/);
  assert.match(await leftOutOf("memory"), /left out +cases on a real host: no key of a manifest leads to this transport$/m);
});

test("the same on a host: every case", async () => {
  const { code, lines, bad } = await run(pluginFile(), "here: env");
  assert.deepEqual([code, bad], [0, []]);
  assert.ok(lines.some((line) => line.includes("8 MiB of random bytes")));
});

test("a host on which nothing starts is one failure", async () => {
  const { code, bad } = await run(pluginFile(), "here: no-such-program-anywhere");
  assert.equal(code, 70);
  assert.deepEqual(bad, [`FAILED    a far end starts on the host: "no-such-program-anywhere" is not installed on this machine`]);
});

test("settings that are wrong, or belong to nobody", async () => {
  const wrong = await run(pluginFile(), "here: {dri: x}");
  assert.equal(wrong.code, 70);
  assert.match(wrong.bad.join("\n"), /FAILED {4}settings are read: --settings:1:\d+: error: 'here.dir' is missing/);
  const nobody = await run(pluginFile(), "cmd: x");
  assert.match(nobody.bad.join("\n"), /FAILED {4}a transport claims the settings: none does/);
});

test("what breaks the contract is found without a host", async () => {
  const findings = async (change: string, schema?: string) => (await run(pluginFile(change, schema))).bad.join("\n");
  assert.match(
    await findings("claims: () => true"),
    /FAILED {4}transport "here" claims no host without 'here': it claims .* \{\}/,
  );
  assert.match(await findings("claims: () => { throw new Error('boom'); }"), /FAILED.*claims no host without.*it throws: boom/);
  const schema = (validate: string) => `{ "~standard": { version: 1, vendor: "t", validate: ${validate} } }`;
  const nonsense = /FAILED {4}'here' answers at once, and says what is wrong with nonsense: /;
  for (const validate of [
    "async () => ({ value: 1 })",
    "() => undefined",
    "() => ({})",
    "() => ({ issues: [{}] })",
    "(v) => v.a.b",
  ])
    assert.match(await findings("", schema(validate)), nonsense, validate);
  assert.match(await findings("", schema("(value) => ({ value })")), /^left out {2}'here' tells editors/);
  const described = await run(pluginFile("describe: () => 'a\\nb'"), "here: no-such-program-anywhere");
  assert.match(
    described.bad[0] ?? "",
    /FAILED {4}transport "here" describes the way to the host: "a\\nb" is more than one printable line/,
  );
});

/** A rule in a file of its own. */
function ruleFile(routes: string): string {
  made += 1;
  const path = join(base.path, `rule${made}.mjs`);
  writeFileSync(
    path,
    `export default ({ settingsOf, PLUGIN_API }) => ({ name: "r", api: PLUGIN_API, setup: ({ routeKey, rule }) => {
  routeKey({ name: "names-of", destinations: true, description: "A domain.", schema: ${SETTINGS} });
  rule({ name: "r", key: "names-of", routes: ${routes} });
} });\n`,
  );
  return pathToFileURL(path).href;
}

test("a rule, without a value of its key and with one", async () => {
  const well = ruleFile("({ dir }) => [{ to: [dir] }]");
  assert.deepEqual(await run(well).then(({ code, bad }) => [code, bad]), [
    0,
    [
      `left out  rule "r" says what its routes are about: add --settings '{ names-of: ... }', as a route would have it in a manifest`,
    ],
  ]);
  assert.deepEqual(await run(well, "names-of: '*.org'").then(({ code, bad }) => [code, bad]), [0, []]);
  const odd = await run(well, "names-of: 10.0.0.1");
  assert.equal(odd.code, 70);
  assert.match(
    odd.bad.join("\n"),
    /FAILED {4}rule "r" says .*: it throws: Rule "r" gives "10\.0\.0\.1", a network with its mask/,
  );
  assert.match((await run(well, "names-of: 7")).bad.join("\n"), /FAILED {4}settings are read: --settings:1:11: error/);
  assert.match((await run(ruleFile("() => 7"), "names-of: x")).bad.join("\n"), /gives no list of routes/);
});

test("a part on hosts is tried", async () => {
  const host = (text: string) => {
    made += 1;
    writeFileSync(`${base.path}/part${made}.mjs`, text);
    const plugin = `export default { name: "p", api: 2, setup() {}, host: { module: "./part${made}.mjs" } };`;
    writeFileSync(`${base.path}/plugin${made}.mjs`, plugin);
    return `${base.path}/plugin${made}.mjs`;
  };
  const good = await run(host("export default { name: 'p', api: 2, setup() {} };"));
  assert.deepEqual([good.code, good.bad], [0, []]);
  assert.ok(good.lines.some((line) => /^ok +its part on hosts is one module that can be run$/.test(line)));
  const foreign = await run(host("import 'left-pad'; export default {};"));
  assert.match(foreign.bad.join(), /FAILED {4}it can be used: .* imports "left-pad" on line 1; one self-contained module/);
  const broken = await run(host("export default { name: 'q', api: 2, setup() {} };"));
  assert.match(
    broken.bad.join(),
    /FAILED {4}it can be used: .* cannot be used on hosts: .* has the name "q"; its plugin's was wanted/,
  );
});

test("what cannot be loaded is one failure; JSON is one document", async () => {
  const missing = await run("./no-such-plugin.ts");
  assert.deepEqual([missing.code, missing.lines.length], [70, 1]);
  assert.match(missing.lines[0] ?? "", /^FAILED {4}it can be used: Plugin '.\/no-such-plugin.ts' is not there/);
  const out: string[] = [];
  await verify({ specifier: "docker", settings: undefined, json: true }, { stdout: (text) => void out.push(text) });
  const { ok, checks } = JSON.parse(out.join("")) as { ok: boolean; checks: { result: string }[] };
  assert.deepEqual([ok, checks.some(({ result }) => result === "left out")], [true, true]);
});

/** A plugin whose part on hosts is this front-end or egress; with a key where `key` says so. */
function partFile(setup: string, key = ""): string {
  made += 1;
  const part = `export default ({ PLUGIN_API, keeper, listening, listen, listenError, placeOf }) => ({
  name: "p", api: PLUGIN_API, setup: (context) => { ${setup} },
});\n`;
  writeFileSync(join(base.path, `cased${made}.mjs`), part);
  const plugin = `export default ({ settingsOf, PLUGIN_API }) => ({ name: "p", api: PLUGIN_API,
  setup: ({ hostKey }) => { ${key} }, host: { module: "./cased${made}.mjs" } });\n`;
  writeFileSync(join(base.path, `plugin${made}.mjs`), plugin);
  return pathToFileURL(join(base.path, `plugin${made}.mjs`)).href;
}

test("the cases of egresses are run, with a target and without one", async () => {
  const echo = (claims: string) => `context.egress(() => ({
    name: "p", claims: ({ kind, port, protocol }) => ${claims},
    open(stream) {
      stream.accept();
      stream.attach({ data: (chunk) => stream.write(chunk), end: () => stream.end(), reset() {}, drain: () => stream.resume() });
    },
    stop: async () => undefined,
  }))`;
  const well = partFile(echo(`kind === "published" && port === 7007 && protocol === undefined`));
  const lines: string[] = [];
  const args = { specifier: well, settings: undefined, target: "7007", json: false };
  assert.equal(await verify(args, { stdout: (text) => void lines.push(text) }), 0);
  assert.ok(lines.some((line) => /^ok +egress: a stream is accepted once/.test(line)));
  const { code, bad } = await run(well);
  assert.equal(code, 0);
  const leftOut =
    /^left out {2}egress: .*: no target is known that (cannot be reached|sends every byte back; name one with --target)$/;
  assert.ok(bad.every((line) => leftOut.test(line)) && bad.length > 3, bad.join("\n"));
  assert.match((await run(partFile(echo("true")))).bad.join("\n"), /FAILED {4}egress: it says at once .* is claimed/);
  const odd = await verify({ ...args, target: "no port" }, { stdout: (text) => void lines.push(text) });
  assert.deepEqual([odd, /"no port" is no target/.test(lines.join(""))], [70, true]);
});

test("the cases of front-ends are run with settings of the key, and are left out without", async () => {
  const address = await freeAddress();
  const key = `hostKey({ name: "p", description: "For tests.", schema: ${SETTINGS} })`;
  const frontEnd = (same: string) => `context.frontEnd((host) => {
    const kept = keeper({
      frontend: "p", context: host, same: () => true, serves: () => "p", failure: listenError,
      hold: (address) => listening(async () => listen(placeOf(address), (socket) => socket.destroy())),
    });
    const wanted = () => { const { dir } = host.settings("p") ?? {}; return new Map(dir ? [[dir, dir]] : []); };
    return { name: "p", reconcile: async () => { ${same} }, stop: () => kept.stop() };
  })`;
  const well = partFile(frontEnd("await kept.keep(wanted());"), key);
  const tried = await run(well, `p: "${address}"`);
  assert.equal(tried.code, 0, tried.bad.join("\n"));
  assert.ok(tried.lines.some((line) => /^ok +front-end: it gives back what is not wanted/.test(line)));
  assert.deepEqual((await run(well)).bad, [
    "left out  cases of front-ends: add --settings '{ p: ... }', as this machine would have it in a manifest",
  ]);
  const lazy = await run(partFile(frontEnd(""), key), `p: "${address}"`);
  assert.match(lazy.bad.join("\n"), /FAILED {4}front-end: it holds what is wanted.*nothing is reported as served/);
});

test("the built-in front-ends are tried with settings as a host has them, and nothing of this machine is changed", async () => {
  const hostsFile = () => (existsSync("/etc/hosts") ? [statSync("/etc/hosts").ino, readFileSync("/etc/hosts", "utf8")] : []);
  const before = hostsFile();
  const port = (await freeAddress()).split(":")[1];
  for (const [name, settings] of [
    ["etc-hosts", "writeEtcHosts: true"],
    ["dns", `dns: { listen: "127.0.0.1:${port}" }`],
    ["loopback", "loopback: {}"],
    ["state-dir", `stateDir: { pathOnAgent: "${base.path}/state" }`],
  ] as const) {
    const { code, lines } = await run(name, settings);
    assert.equal(code, 0, lines.join("\n"));
    assert.ok(
      lines.some((line) => /^ok +front-end: it holds what is wanted/.test(line)),
      name,
    );
  }
  assert.deepEqual(hostsFile(), before);
  const off = await run("etc-hosts", "writeEtcHosts: false");
  assert.deepEqual([off.code, off.bad], [0, ["left out  cases of front-ends: with these settings it is off"]]);
});

test("what only 'run' puts in is verified, too, and a transport without a key says what it wants", async () => {
  const { code, bad, lines } = await run("api");
  assert.deepEqual([code, bad], [0, []]);
  assert.ok(lines.some((line) => /^ok +observer "api": it stops in time/.test(line)));
  assert.match((await run("cmd")).bad.join("\n"), /add --settings '\{ cmd: \.\.\. \}', as the host/);
});
