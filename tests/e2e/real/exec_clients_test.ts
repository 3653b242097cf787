// Clients inside a network, each as an ordinary user: tools of every kind, static programs with glibc's, musl's and Go's resolvers, and a
// browser.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chownSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { runtimeArgv } from "../../support/cli.ts";
import { engineProgram } from "../../support/engine/agent.ts";
import { type InsideLab, nothingLeft, startInside, withoutInside } from "../../support/inside.ts";
import { ONCE } from "../../support/lab.ts";

const SLOW = { timeout: 180_000 };
const TOOLS = ["curl", "wget", "busybox", "apt-get", "npm", "python3", "gcc", "go", "java", "chromium", "zip"];
const skip = ONCE || (await withoutInside(...TOOLS));
const PAGE = "<p>from the far host</p>\n";

const C = `#include <netdb.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
  if (getaddrinfo("far", "80", &hints, &found) != 0) return 1;
  int fd = socket(found->ai_family, SOCK_STREAM, 0);
  if (connect(fd, found->ai_addr, found->ai_addrlen) < 0) return 2;
  if (write(fd, "GET / HTTP/1.0\\r\\n\\r\\n", 18) < 0) return 3;
  char text[4096];
  for (ssize_t size; (size = read(fd, text, sizeof text)) > 0;) fwrite(text, 1, size, stdout);
  return 0;
}
`;
const GO = `package main
import ("io"; "net/http"; "os")
func main() {
  answer, err := http.Get("http://far/")
  if err != nil { panic(err) }
  io.Copy(os.Stdout, answer.Body)
}
`;
const SCRIPT = `import { connect } from "node:net";
const socket = connect(80, "far", () => socket.write("GET / HTTP/1.0\\r\\n\\r\\n"));
socket.on("data", (chunk) => process.stdout.write(chunk));
`;
const JAVA = `import java.net.URL;
public class Fetch {
  public static void main(String[] words) throws Exception {
    System.out.write(new URL("http://far/").openStream().readAllBytes());
    System.out.flush();
  }
}
`;

/** What the far host has: a page, and as much of three registries as their tools want of one package. */
function answer(path: string, wheel: Uint8Array, response: ServerResponse): void {
  const version = { name: "served", version: "1.0.0", dist: { tarball: "http://far/served.tgz", shasum: "0".repeat(40) } };
  const files: Readonly<Record<string, string | Uint8Array>> = {
    "/": PAGE,
    "/apt/./Packages": "Package: served\nVersion: 1.0\nArchitecture: all\nFilename: ./served.deb\nSize: 1\n\n",
    "/npm/served": JSON.stringify({ name: "served", "dist-tags": { latest: "1.0.0" }, versions: { "1.0.0": version } }),
    "/simple/served/": `<a href="/served-1.0-py3-none-any.whl">served-1.0-py3-none-any.whl</a>`,
    "/served-1.0-py3-none-any.whl": wheel,
  };
  const found = files[path];
  if (path.endsWith("/")) response.setHeader("content-type", "text/html");
  response.writeHead(found === undefined ? 404 : 200).end(found);
}

/** A package of Python, as an archive that zip(1) makes. */
function wheelIn(folder: string): Uint8Array {
  const about = `${folder}/served-1.0.dist-info`;
  mkdirSync(about);
  writeFileSync(`${about}/METADATA`, "Metadata-Version: 2.1\nName: served\nVersion: 1.0\n");
  writeFileSync(`${about}/WHEEL`, "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
  writeFileSync(`${about}/RECORD`, "");
  made(folder, "zip", "-q", "-r", "served.whl", "served-1.0.dist-info");
  return readFileSync(`${folder}/served.whl`);
}

function made(folder: string, ...[command = "", ...words]: string[]): void {
  const env = { ...process.env, CGO_ENABLED: "0", GOCACHE: `${folder}/gocache`, GOFLAGS: "-mod=mod" };
  const { status, stderr } = spawnSync(command, words, { cwd: folder, encoding: "utf8", env });
  assert.equal(status, 0, stderr);
}

/** Programs that are compiled for the test. */
function compileIn(folder: string): void {
  writeFileSync(`${folder}/fetch.c`, C);
  writeFileSync(`${folder}/fetch.go`, GO);
  writeFileSync(`${folder}/Fetch.java`, JAVA);
  made(folder, "gcc", "-o", "dynamic", "fetch.c");
  made(folder, "gcc", "-static", "-o", "glibc", "fetch.c");
  writeFileSync(`${folder}/fetch.mjs`, SCRIPT);
  made(folder, "go", "build", "-o", "go", "fetch.go");
}

/** By name: the words, and what is printed. */
function clients(dir: string): Readonly<Record<string, readonly [argv: readonly string[], says: RegExp]>> {
  const page = /from the far host/;
  const apt = ["sourcelist=list", "sourceparts=-", "trustedparts=-"].map((one) => `Dir::Etc::${one.replace("=", `=${dir}/`)}`);
  const state = [`Dir::State=${dir}/state`, `Dir::Cache=${dir}/cache`, "Dir::State::status=/dev/null", "APT::Sandbox::User="];
  const options = [...apt, ...state].flatMap((one) => ["-o", one]);
  const update = ["sh", "-c", 'apt-get "$@" update >&2 && apt-cache "$@" show served', "sh", ...options];
  const pip = ["-m", "pip", "download", "--no-deps", "--no-cache-dir", "--disable-pip-version-check", "-d", `${dir}/pip`];
  const chromium = [
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    `--user-data-dir=${dir}/web`,
  ];
  return {
    curl: [["curl", "-sS", "http://far/"], page],
    wget: [["wget", "-qO-", "http://far/"], page],
    busybox: [["busybox", "wget", "-qO-", "http://far/"], page],
    python: [["python3", "-c", "import urllib.request; print(urllib.request.urlopen('http://far/').read().decode())"], page],
    node: [[...runtimeArgv("node24"), "-e", "fetch('http://far/').then((a) => a.text()).then(console.log)"], page],
    "a program with glibc": [[`${dir}/dynamic`], page],
    "a static program with glibc": [[`${dir}/glibc`], page],
    // The agent's engine is one.
    "a static program with musl": [[`${dir}/engine`, `${dir}/fetch.mjs`], page],
    "a static program in Go": [[`${dir}/go`], page],
    java: [["java", "-Xint", `${dir}/Fetch.java`], page],
    apt: [update, /^Package: served$/m],
    npm: [["npm", "view", "served", "version", "--registry", "http://far/npm/", "--cache", `${dir}/npm`], /^1\.0\.0$/m],
    pip: [
      ["python3", ...pip, "--index-url", "http://far/simple/", "--trusted-host", "far", "served"],
      /Successfully downloaded served/,
    ],
    chromium: [[...chromium, "--dump-dom", "http://far/"], page],
  };
}

describe("clients inside", { skip }, () => {
  let lab: InsideLab;
  let far: Server;
  before(async () => {
    let wheel: Uint8Array = new Uint8Array();
    far = createServer(({ url = "/" }, response) => answer(url, wheel, response));
    await new Promise<void>((resolve) => far.listen(0, "127.0.0.1", resolve));
    lab = await startInside([`80:127.0.0.1:${(far.address() as AddressInfo).port}`]);
    const dir = `${lab.home}/work`;
    for (const path of [
      "",
      "/state",
      "/state/lists",
      "/state/lists/partial",
      "/cache",
      "/cache/archives",
      "/cache/archives/partial",
      "/-",
    ]) {
      mkdirSync(`${dir}${path}`);
      if (process.getuid?.() === 0) chownSync(`${dir}${path}`, lab.uid, lab.uid);
    }
    writeFileSync(`${dir}/list`, "deb [trusted=yes] http://far/apt ./\n");
    wheel = wheelIn(dir);
    compileIn(dir);
    copyFileSync(await engineProgram(), `${dir}/engine`);
  }, SLOW);
  after(async () => {
    await lab?.stop();
    far?.close();
  });

  test("each reaches another host by name", { timeout: 600_000 }, async (t) => {
    for (const [name, [argv, says]] of Object.entries(clients(`${lab.home}/work`))) {
      await t.test(name, SLOW, async () => {
        const { code, stdout, stderr } = await lab.exec(argv, [], { timeoutMs: 120_000 });
        assert.equal(code, 0, stderr);
        assert.match(stdout, says, stderr);
      });
    }
    await nothingLeft(lab);
  });
});
