// The starter of containers with a tool that says what a real one seldom does: it hangs, a container is on its way out, words that
// cannot be read. The real ones are met in the end-to-end tests.

import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { after, test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { type TempDir, tempDir } from "../../../tests/support/lifetime.ts";
import { starting } from "../../../tests/support/starting.ts";
import { dockerTransport } from "../../docker/mod.ts";
import { labelsOf, madeName } from "./made.ts";

const made: TempDir[] = [];
const path = process.env.PATH;
after(() => {
  process.env.PATH = path;
  for (const one of made) one.remove();
});

/** Writes what it is asked to `log`. `inspect` prints the next of the states, the last one again and again. */
const DOCKER = `dir=$(dirname "$0"); echo $* >>"$dir/log"
case $1 in
inspect)
  state=$(head -n 1 "$dir/states"); sed -i '1{$!d}' "$dir/states"
  case $state in
  ours) ;;
  nonsense) echo nonsense;;
  none) echo "Error response from daemon: No such container: web" >&2; exit 1;;
  *) printf '"%s"\\n7\\n0\\n{}\\n' "$state";;
  esac;;
logs) echo "said $SECRET" >&2; echo "and ended";;
esac
[ ! -e "$dir/$1" ] || . "$dir/$1"`;

/** A docker in the PATH with these states of its only container, and what some of its commands do. */
function fakeDocker(states: readonly string[], commands: Readonly<Record<string, string>> = {}) {
  const dir = tempDir("docker");
  made.push(dir);
  const file = (name: string) => `${dir.path}/${name}`;
  writeFileSync(file("states"), `${states.join("\n")}\n`);
  writeFileSync(file("docker"), `#!/bin/sh\n${DOCKER}\n`);
  chmodSync(file("docker"), 0o755);
  for (const [name, script] of Object.entries(commands)) writeFileSync(file(name), script);
  process.env.PATH = `${dir.path}:${path}`;
  const asked = () => (existsSync(file("log")) ? readFileSync(file("log"), "utf8").trim().split("\n") : []);
  return { verbs: () => asked().map((line) => line.split(" ")[0]), asked };
}

const HOST = { name: "web", network: { name: "test", folder: "/here" } };
const QUICK = { limits: { helloMs: 3000, stopMs: 200 } };
const HANGS = "exec sleep 1000";

test("a container that is being removed is waited for", async () => {
  const { verbs } = fakeDocker(["removing", "removing", "none"]);
  const web = await starting(dockerTransport, "web", QUICK);
  await assert.rejects(web.start(), { code: "container-missing", message: 'There is no container "web"' });
  assert.deepEqual(verbs(), ["inspect", "inspect", "inspect"]);
  const again = fakeDocker(["removing", "none", "running"]);
  const image = await starting(dockerTransport, { image: "web" }, QUICK);
  assert.equal(await image.start(), "started");
  assert.deepEqual(again.verbs(), ["inspect", "inspect", "run", "inspect"]);
});

test("one whose removal does not end is not waited for without end", async () => {
  fakeDocker(["removing"]);
  const web = await starting(dockerTransport, "web", QUICK);
  await assert.rejects(web.start(), { code: "start-timeout", message: 'Container "web" is removing, which does not end' });
});

test("a tool that hangs while it stops is ended, and the container by force", async () => {
  const { verbs } = fakeDocker(["running"], { stop: HANGS });
  const web = await starting(dockerTransport, "web", QUICK);
  await web.stop();
  assert.deepEqual(verbs(), ["inspect", "stop", "kill"]);
  const all = fakeDocker(["running"], { stop: HANGS, kill: HANGS });
  await assert.rejects(web.stop(), { code: "agent-silent", message: '"docker" did not end within 3 seconds' });
  assert.deepEqual(all.verbs(), ["inspect", "stop", "kill"]);
});

test("a stop that is given up ends the container by force", async () => {
  const { verbs } = fakeDocker(["running"], { stop: HANGS });
  const web = await starting(dockerTransport, "web");
  const given = new AbortController();
  const stop = web.stop(given.signal);
  await waitFor(() => verbs().includes("stop"), { what: "the stop" });
  given.abort();
  await stop;
  assert.deepEqual(verbs(), ["inspect", "stop", "kill"]);
});

test("a start that is given up lets the tool finish, and removes what it made", async () => {
  const { verbs } = fakeDocker(["none"], { run: HANGS });
  const web = await starting(dockerTransport, { image: "web" }, QUICK);
  const given = new AbortController();
  const start = web.start(given.signal);
  await waitFor(() => verbs().includes("run"), { what: "the start" });
  given.abort();
  await assert.rejects(start, { code: "link-closed" });
  assert.deepEqual(verbs(), ["inspect", "run", "rm"]);
});

test("a start of a container that is there is finished when it is given up, so that a stop finds it", async () => {
  const { verbs } = fakeDocker(["exited"], { start: 'sleep 0.3; echo started >>"$dir/log"' });
  const web = await starting(dockerTransport, "web");
  const given = new AbortController();
  const start = web.start(given.signal);
  await waitFor(() => verbs().includes("start"), { what: "the start" });
  given.abort();
  await assert.rejects(start, { code: "link-closed" });
  assert.deepEqual(verbs(), ["inspect", "start", "started"]);
});

test("a container that a tool made that outlived its manager is taken, not removed", async () => {
  const says = 'docker: Error response from daemon: Conflict. The container name "/x" is already in use by container "1".';
  const labels = JSON.stringify(JSON.stringify(labelsOf({ image: "web" }, HOST)));
  const { verbs } = fakeDocker(["none", "ours"], {
    inspect: `[ $state != ours ] || printf '"running"\n0\n0\n%s\n' ${labels}`,
    run: `echo '${says}' >&2; exit 125`,
  });
  const web = await starting(dockerTransport, { image: "web" }, QUICK);
  assert.equal(await web.start(), "started");
  assert.deepEqual(verbs(), ["inspect", "run", "inspect", "inspect"]);
  fakeDocker(["none", "none"], { run: "echo 'docker: something else' >&2; exit 125" });
  await assert.rejects(web.start(), { code: "settings-refused", message: "Container cannot be made: something else" });
});

test("an image that is fetched is told, and one that cannot be had is named", async () => {
  const said = `echo "Unable to find image 'web:1' locally" >&2
echo 'docker: Error response from daemon: pull access denied for web, repository does not exist' >&2; exit 125`;
  fakeDocker(["none"], { run: said });
  const web = await starting(dockerTransport, { image: "web:1" }, QUICK);
  const message = 'There is no image "web", or its registry wants a login';
  await assert.rejects(web.start(), { code: "image-missing", message });
  assert.deepEqual(web.steps, ["starting container", "pulling image"]);
});

test("what ended at once is told with its last words, without what the manifest has for its environment", async () => {
  process.env.SECRET = "hunter22";
  const { asked } = fakeDocker(["none", "exited"]);
  const web = await starting(dockerTransport, { image: "web", args: ["-e", "SECRET=hunter22"], command: ["run"] }, QUICK);
  // Two streams of a tool have no order between them.
  const message = /^Container ended with exit code 7: (?:said \*{8}; and ended|and ended; said \*{8})$/;
  await assert.rejects(web.start(), { code: "container-ended", message });
  const name = madeName(HOST);
  const run = asked().find((line) => line.startsWith("run "));
  assert.match(run ?? "", new RegExp(`^run --detach -e SECRET=hunter22 --name=${name} --label=.* web run$`));
  assert.equal(asked().at(-1), `rm --force --volumes ${name}`);
});

test("what ended is told by its log also where its network alone is entered", async () => {
  for (const nsenter of [false, true]) {
    fakeDocker(["none", "running", "exited"]);
    const web = await starting(dockerTransport, { image: "web", enter: "network", nsenter }, QUICK);
    assert.equal(await web.start(), "started");
    const { error } = await web.open();
    assert.equal(error?.code, "container-ended", `${error?.message}`);
    await web.stop();
  }
});

test("an answer that cannot be read is told", async () => {
  fakeDocker(["nonsense"]);
  const web = await starting(dockerTransport, "web", QUICK);
  await assert.rejects(web.stop(), { code: "agent-failed", message: 'What "docker" says of container "web" cannot be read' });
});
