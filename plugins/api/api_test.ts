// A network over its socket: every route answers what the document says, errors too, and changes are made or refused whole.

import assert from "node:assert/strict";
import { existsSync, lstatSync, statSync, symlinkSync } from "node:fs";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { cleanly } from "../../conformance/in_process.ts";
import { MANIFEST_BOUNDS } from "../../core/manifest/mod.ts";
import { type ApiNetwork, apiNetwork, socketFolder, TWO_HOSTS } from "../../tests/support/api_network.ts";
import { bytesTooLongToBind } from "../support/unix_socket.ts";
import { events, networkNamed, request, runningNetworks } from "./client.ts";
import { API_BOUNDS, freeName } from "./mod.ts";
import { documentOf } from "./openapi.ts";
import { ROUTES } from "./routes.ts";

interface Operation {
  readonly operationId: string;
  readonly responses: { readonly [status: string]: { readonly content: { readonly [type: string]: object } } };
}
type Document = {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: object;
};

/** Holds answers against the document: the status has to be there, and the shape to fit. */
function contract() {
  const document = documentOf(ROUTES) as unknown as Document;
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema(document, "api");
  const compiled = new Map<string, ValidateFunction>();
  const pointer = (text: string) => text.replaceAll("~", "~0").replaceAll("/", "~1");
  return (method: string, template: string, { status, body }: { status: number; body: unknown }) => {
    const at = `#/paths/${pointer(template)}/${method.toLowerCase()}/responses/${status}/content/application~1json/schema`;
    const validate = compiled.get(at) ?? ajv.compile({ $ref: `api${encodeURI(at)}` });
    compiled.set(at, validate);
    assert.ok(validate(body), `${method} ${template} ${status}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`);
  };
}

const spec = (last: number) => `vip: "127.0.42.${last}"\ncmd: [db]\n`;
const errorOf = (body: unknown) => (body as { error: { code: string; message: string; diagnostics?: { file: string }[] } }).error;

test("the document is valid OpenAPI 3.1", async () => {
  const result = await new Validator().validate(structuredClone(documentOf(ROUTES)) as Record<string, unknown>);
  assert.ok(result.valid, JSON.stringify(result.errors));
  const ids = ROUTES.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(API_BOUNDS.bodyBytes, MANIFEST_BOUNDS.bytes);
});

/** Method, path, template, body, and the status that is expected. */
type Case = readonly [
  ApiNetwork["ask"] extends (method: infer M, ...rest: never) => unknown ? M : never,
  string,
  string,
  unknown,
  number,
];
const CASES: readonly Case[] = [
  ["GET", "/v1/network", "/v1/network", undefined, 200],
  ["GET", "/v1/hosts", "/v1/hosts", undefined, 200],
  ["GET", "/v1/hosts/web", "/v1/hosts/{name}", undefined, 200],
  ["GET", "/v1/hosts/no", "/v1/hosts/{name}", undefined, 404],
  ["PUT", "/v1/hosts/db", "/v1/hosts/{name}", spec(102), 201],
  ["PUT", "/v1/hosts/db", "/v1/hosts/{name}", { vip: "127.0.42.103", cmd: ["db"] }, 200],
  ["PUT", "/v1/hosts/db", "/v1/hosts/{name}", spec(101), 422],
  ["PUT", "/v1/hosts/web", "/v1/hosts/{name}", spec(105), 409],
  ["PUT", "/v1/hosts/db", "/v1/hosts/{name}", undefined, 400],
  ["PUT", "/v1/hosts/db", "/v1/hosts/{name}", "x".repeat(MANIFEST_BOUNDS.bytes + 1), 413],
  ["PUT", "/v1/hosts/guest?guest=true", "/v1/hosts/{name}", spec(106), 201],
  ["PUT", "/v1/hosts/guest?guest=true", "/v1/hosts/{name}", spec(106), 409],
  ["PUT", "/v1/hosts/db?guest=true", "/v1/hosts/{name}", spec(107), 409],
  ["PUT", "/v1/hosts/web?guest=true", "/v1/hosts/{name}", spec(107), 409],
  ["PUT", "/v1/hosts/other?guest=true", "/v1/hosts/{name}", spec(106), 422],
  ["PUT", "/v1/hosts/other?gest=true", "/v1/hosts/{name}", spec(107), 400],
  ["DELETE", "/v1/hosts/web", "/v1/hosts/{name}", undefined, 409],
  ["DELETE", "/v1/hosts/db", "/v1/hosts/{name}", undefined, 200],
  ["DELETE", "/v1/hosts/db", "/v1/hosts/{name}", undefined, 404],
  ["POST", "/v1/hosts/web/retry", "/v1/hosts/{name}/retry", undefined, 409],
  ["POST", "/v1/hosts/web/start", "/v1/hosts/{name}/start", undefined, 409],
  ["POST", "/v1/hosts/web/stop", "/v1/hosts/{name}/stop", undefined, 409],
  ["POST", "/v1/hosts/web/drain", "/v1/hosts/{name}/drain", undefined, 200],
  ["DELETE", "/v1/hosts/web/drain", "/v1/hosts/{name}/drain", undefined, 200],
  ["POST", "/v1/hosts/no/drain", "/v1/hosts/{name}/drain", undefined, 404],
  ["POST", "/v1/hosts/no/retry", "/v1/hosts/{name}/retry", undefined, 404],
  ["GET", "/v1/streams", "/v1/streams", undefined, 200],
  ["GET", "/v1/streams?host=web", "/v1/streams", undefined, 200],
  ["GET", "/v1/streams?host=no", "/v1/streams", undefined, 404],
  ["GET", "/v1/streams?hots=web", "/v1/streams", undefined, 400],
  ["GET", "/v1/traffic", "/v1/traffic", undefined, 200],
  ["GET", "/v1/traffic?by=host&since=1h", "/v1/traffic", undefined, 200],
  ["GET", "/v1/traffic?by=port&since=2026-11-30T12:00:00Z", "/v1/traffic", undefined, 200],
  ["GET", "/v1/traffic?by=stream", "/v1/traffic", undefined, 400],
  ["GET", "/v1/traffic?since=yesterday", "/v1/traffic", undefined, 400],
  ["GET", "/v1/list", "/v1/list", undefined, 200],
  ["GET", "/v1/routes", "/v1/routes", undefined, 200],
  ["GET", "/v1/explain?destination=web:80&from=web", "/v1/explain", undefined, 200],
  ["GET", "/v1/explain", "/v1/explain", undefined, 400],
  ["GET", "/v1/events?since=x", "/v1/events", undefined, 400],
  ["POST", "/v1/apply", "/v1/apply", TWO_HOSTS, 200],
  ["POST", "/v1/apply", "/v1/apply", "hosts: { web: {} }", 422],
  ["POST", "/v1/reload", "/v1/reload", undefined, 200],
  ["GET", "/v1/openapi.json", "/v1/openapi.json", undefined, 200],
  ["POST", "/v1/stop", "/v1/stop", "no json", 400],
];

test(
  "every route answers what the document says",
  cleanly(async (make) => {
    const network = await apiNetwork(make);
    await network.world.settled();
    const fits = contract();
    for (const [method, path, template, body, status] of CASES) {
      const answer = await network.ask(method, path, body);
      assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
      fits(method, template, answer);
      if (status >= 400) assert.deepEqual(Object.keys(errorOf(answer.body)).slice(0, 3), ["code", "message", "advice"]);
    }
    assert.equal(errorOf((await network.ask("GET", "/v1/nothing")).body).code, "no-resource");
    const wrong = await network.ask("DELETE", "/v1/network");
    assert.deepEqual([wrong.status, errorOf(wrong.body).code], [405, "method-refused"]);
    const called = new Set(CASES.map(([method, , template]) => `${method} ${template}`));
    const missing = ROUTES.filter(({ method, path }) => !called.has(`${method} ${path}`)).map(({ id }) => id);
    assert.deepEqual(missing, [], "every route has a case");
    const stopped = await network.ask("POST", "/v1/stop", { reason: "a test" });
    fits("POST", "/v1/stop", stopped);
    assert.equal((stopped.body as { stopped: boolean }).stopped, true);
    await network.world.manager.closed;
    assert.ok(!existsSync(network.path));
    assert.deepEqual(network.world.events.at(-1)?.type, "network.stopped");
  }),
);

test(
  "a host that was put as a guest leaves with its link, one that was not stays",
  cleanly(async (make) => {
    const { world, ask } = await apiNetwork(make);
    await ask("PUT", "/v1/hosts/guest?guest=true", spec(102));
    await ask("PUT", "/v1/hosts/db?guest=false", spec(103));
    await ask("PUT", "/v1/hosts/cache", spec(104));
    await world.settled();
    for (const name of ["guest", "db", "cache"]) await world.agents.get(name)?.stop();
    await world.event("host.left");
    const { body } = await ask("GET", "/v1/hosts");
    assert.deepEqual(
      (body as { hosts: { name: string }[] }).hosts.map(({ name }) => name),
      ["local", "web", "db", "cache"],
    );
  }),
);

test(
  "routes through a host, without a host and through a proxy are as the document says",
  cleanly(async (make) => {
    const routes = '[{ to: ["10.0.0.0/8"], via: web }, { to: ["*.example.com"], action: refuse }]';
    const network = await apiNetwork(make, { manifest: `${TWO_HOSTS}routes: ${routes}\n` });
    await network.world.settled();
    const answer = await network.ask("GET", "/v1/routes");
    contract()("GET", "/v1/routes", answer);
    const shown = (answer.body as { routes: { via: string | null }[] }).routes;
    assert.deepEqual(
      shown.map(({ via }) => via),
      ["web", null],
    );
    const through = { ...shown[0], through: "upstream", rule: "names" };
    contract()("GET", "/v1/routes", { status: 200, body: { routes: [through] } });
  }),
);

test(
  "findings have their places, and a refused change changes nothing",
  cleanly(async (make) => {
    const network = await apiNetwork(make);
    await network.world.settled();
    const { seq } = network.control;
    const refused = await network.ask("PUT", "/v1/hosts/db", spec(101));
    assert.match(errorOf(refused.body).message, /already that of host 'web'/);
    assert.equal(errorOf(refused.body).diagnostics?.[0]?.file, "host 'db'");
    network.file = "hosts: {}";
    assert.equal((await network.ask("POST", "/v1/reload")).status, 422);
    assert.equal(network.control.seq, seq);
    network.file = TWO_HOSTS.replace("42.101", "42.111");
    const { body } = await network.ask("POST", "/v1/reload");
    assert.deepEqual((body as { changed: string[] }).changed, ["web"]);
  }),
);

test(
  "the socket is its user's alone; a stale one is replaced, one that answers is not",
  cleanly(async (make) => {
    const folder = socketFolder();
    const first = await apiNetwork(make, { api: { folders: [folder] } });
    assert.equal(statSync(first.path).mode & 0o777, 0o600);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    await assert.rejects(apiNetwork(make, { api: { folders: [folder] } }), {
      code: "name-taken",
      message: /"net" runs already/,
    });
    const second = await apiNetwork(make, { api: { folders: [folder], orAnother: true } });
    assert.equal(second.name, "net-2");
    assert.deepEqual([await freeName("net", [folder]), await freeName("other", [folder])], ["net-3", "other"]);
    assert.deepEqual(
      (await runningNetworks([folder])).map(({ name }) => name),
      ["net", "net-2"],
    );
    await assert.rejects(networkNamed(undefined, [folder]), { code: "usage", message: /"net", "net-2"/ });
    await assert.rejects(networkNamed("other", [folder]), { code: "no-network" });
    await second.control.stop("over");
    assert.equal((await networkNamed(undefined, [folder])).path, first.path);
  }),
);

test(
  "a folder whose path is too long is passed over, or named; what is no socket stays, and is named",
  cleanly(async (make) => {
    const folder = socketFolder();
    const long = `${folder}/${"x".repeat(100)}`;
    const { path } = await apiNetwork(make, { api: { folders: [long, folder] } });
    assert.equal(path, `${folder}/net.sock`);
    await assert.rejects(apiNetwork(make, { api: { folders: [long] } }), {
      code: "file-failed",
      message: /^The socket's path .*x\/net\.sock is \d+ bytes too long; set 'XDG_RUNTIME_DIR'/,
    });
    assert.ok(!existsSync(long));
    // A name that is longer by its number may fit only into the next folder.
    const name = "n".repeat(20);
    let tight = `${folder}/t`;
    while (bytesTooLongToBind(`${tight}t/${name}.sock`) <= 0) tight += "t";
    assert.equal((await apiNetwork(make, { api: { folders: [tight], name } })).path, `${tight}/${name}.sock`);
    const another = await apiNetwork(make, { api: { folders: [tight, folder], name, orAnother: true } });
    assert.equal(another.path, `${folder}/${name}-2.sock`);
    symlinkSync("/etc/hostname", `${folder}/link.sock`);
    await assert.rejects(apiNetwork(make, { api: { folders: [folder], name: "link" } }), {
      code: "file-failed",
      message: /^Cannot listen on .*link\.sock: what is there is no socket$/,
    });
    assert.ok(lstatSync(`${folder}/link.sock`).isSymbolicLink());
  }),
);

test(
  "it listens before a host is ready, and leaves no socket when the network stops at once",
  cleanly(async (make) => {
    const folder = socketFolder();
    const { world, path, ask } = await apiNetwork(make, { api: { folders: [folder], name: "early" }, begin: false });
    assert.deepEqual((await ask("GET", "/v1/hosts")).body, { hosts: [] });
    await world.manager.stop("at once");
    assert.ok(!existsSync(path));
  }),
);

test(
  "a network that stops ends its event streams in order",
  cleanly(async (make) => {
    const network = await apiNetwork(make);
    const seen: { type: string; seq: number }[] = [];
    const reading = (async () => {
      for await (const event of events(network.path, { follow: true })) seen.push(event as (typeof seen)[number]);
    })();
    await network.world.settled();
    await request(network.path, { method: "POST", path: "/v1/stop" });
    await reading;
    assert.deepEqual(
      seen.map(({ seq }) => seq),
      seen.map((_, at) => at + 1),
    );
    assert.equal(seen.at(-1)?.type, "network.stopped");
  }),
);

test(
  "who follows events hears at once that it is served, also when there is none to send",
  cleanly(async (make) => {
    const { world, control, path } = await apiNetwork(make);
    await world.settled();
    const asked = httpRequest({ socketPath: path, path: `/v1/events?since=${control.seq + 1000}&follow=true` });
    const answer = new Promise<IncomingMessage>((resolve, reject) => void asked.once("response", resolve).once("error", reject));
    asked.end();
    const late = new Promise((resolve) => setTimeout(resolve, API_BOUNDS.heartbeatMs / 2, "late").unref());
    const first = await Promise.race([answer, late]);
    asked.on("error", () => undefined).destroy();
    assert.equal((first as IncomingMessage).statusCode, 200);
  }),
);
