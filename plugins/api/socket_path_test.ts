// What networks are called, and where their sockets are.

import assert from "node:assert/strict";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { tempDir } from "../../tests/support/lifetime.ts";
import { nameOfManifest, socketFolders, socketPath, socketsThere } from "./mod.ts";
import { makeSocketFolder } from "./socket_path.ts";

test("a network is called like its manifest", () => {
  const cases = {
    "net.yaml": "net",
    "/etc/norouter/prod.eu.yml": "prod.eu",
    "-": "norouter",
    ".yaml": "yaml",
    "über uns.yaml": "ber-uns",
    "...": "norouter",
    [`${"a".repeat(100)}.yaml`]: "a".repeat(60),
    "no-extension": "no-extension",
  };
  for (const [file, name] of Object.entries(cases)) {
    assert.equal(nameOfManifest(file), name, file);
    assert.ok(socketPath("/run", name).endsWith(`/${name}.sock`));
  }
  for (const name of ["", "../x", "a b", "-x", "a".repeat(65)])
    assert.throws(() => socketPath("/run", name), { code: "usage", message: /no name of a network/ });
});

test("the folder is the runtime's, then that of the state; what cannot be one is left out", () => {
  const dir = tempDir("place");
  const state = ["/s/norouter/run"];
  assert.deepEqual(socketFolders({ XDG_RUNTIME_DIR: dir.path, XDG_STATE_HOME: "/s" }), [`${dir.path}/norouter`, ...state]);
  for (const runtime of [undefined, "", "relative", "/nowhere", "/etc/hostname"])
    assert.deepEqual(socketFolders({ XDG_RUNTIME_DIR: runtime, XDG_STATE_HOME: "/s" }), state);
  assert.match(socketFolders({ XDG_STATE_HOME: "relative" })[0] ?? "", /\/\.local\/state\/norouter\/run$/);
  const home = process.env.HOME;
  try {
    process.env.HOME = "";
    assert.deepEqual(socketFolders({}), []);
  } finally {
    if (home === undefined) delete process.env.HOME;
    else process.env.HOME = home;
  }
  dir.remove();
});

test("the folder is its user's alone, also one that is there; other files in it are no networks", async () => {
  const dir = tempDir("place");
  const folder = `${dir.path}/a/run`;
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  await makeSocketFolder(folder);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  for (const file of ["b.sock", "a.sock", "c.claim", ".nr-x", "-.sock"]) writeFileSync(`${folder}/${file}`, "");
  assert.deepEqual(
    socketsThere([folder, "/nowhere"]).map(({ name }) => name),
    ["a", "b"],
  );
  dir.remove();
});
