// curl in every mode it has for proxies, on a host of its own network, against everything a destination can be.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { pseudoRandomBytes, pseudoRandomSha256 } from "../../conformance/support/pseudo_random.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { type Child, startChild } from "../support/child.ts";
import { needs } from "../support/engines.ts";
import { type HttpOrigin, startHttpOrigin } from "../support/http_origin.ts";
import { failuresIn, type Lab, QUICK, startLab, vip, WEB_PORT } from "../support/lab.ts";

const HTTP = "127.0.0.1:18080";
const SOCKS = "127.0.0.1:18081";
const ORIGIN_PORT = 8090;
const BULK = (QUICK ? 64 : 1024) * 1024 * 1024;
const ROUTED = "127.77.0.1";
const AUTH = { user: "me", password: "se:cret" };

/** Ways of curl that hand names on, and ways that know addresses only. */
const MODES: Readonly<Record<string, readonly string[]>> = {
  "HTTP proxy": ["-x", `http://${HTTP}`],
  "HTTP proxy, HTTP/1.0": ["-x", `http://${HTTP}`, "--http1.0"],
  "HTTP tunnel": ["-p", "-x", `http://${HTTP}`],
  "HTTP tunnel, HTTP/1.0": ["-p", "--proxy1.0", HTTP],
  "SOCKS 4a": ["--socks4a", SOCKS],
  "SOCKS 5, names by the proxy": ["--socks5-hostname", SOCKS],
  "HTTP proxy behind SOCKS": ["--preproxy", `socks5h://${SOCKS}`, "-x", `http://${HTTP}`],
};
const ADDRESS_MODES: Readonly<Record<string, readonly string[]>> = {
  ...MODES,
  "SOCKS 4": ["--socks4", SOCKS],
  "SOCKS 5": ["--socks5", SOCKS],
};

let known: string | undefined;
/** Takes seconds, so once. */
function bulkSha256(): string {
  known ??= pseudoRandomSha256(7, BULK);
  return known;
}

describe("curl on a host", { skip: needs("userns", "nginx", "curl", "busybox") }, () => {
  let lab: Lab;
  let origin: HttpOrigin;
  let routed: Child;
  const folder = () => lab.host(1).home;
  const curl = (args: readonly string[], timeoutMs = 30_000) =>
    lab.host(1).run(["curl", "-sS", "--noproxy", "", "--max-time", `${timeoutMs / 1000}`, ...args], { timeoutMs });
  const page = async (args: readonly string[]) => {
    const { stdout, stderr } = await curl(args);
    return stderr === "" ? stdout : `${stdout}${stderr}`;
  };

  before(async () => {
    origin = await startHttpOrigin();
    lab = await startLab({
      names: ["one", "two", "three"],
      bare: true,
      entrances: ({ name, home }) => {
        if (name === "one") return { http: { listen: HTTP }, socks: { listen: SOCKS } };
        if (name === "two") return { http: { listen: `unix:${home}/http.sock` }, socks: { listen: `unix:${home}/socks.sock` } };
        return {
          http: { listen: HTTP, auth: AUTH },
          socks: { listen: SOCKS, auth: AUTH, outside: "refuse" },
          aliases: ["Web-Three"],
        };
      },
      also: { here: { vip: vip(9), ports: [`${ORIGIN_PORT}:127.0.0.1:${origin.port}`] } },
      routes: [
        { to: [`${ROUTED}/32`, "*.behind"], via: "two" },
        { to: ["secret.behind"], action: "refuse" },
      ],
    });
    assert.deepEqual(failuresIn(lab.network), []);
    const two = lab.host(2);
    writeFileSync(`${two.home}/hosts`, `127.0.0.1 localhost\n${ROUTED} site.behind\n`);
    routed = await startChild([...two.enter, "busybox", "httpd", "-f", "-p", `${ROUTED}:80`, "-h", `${two.home}/www`]);
    await waitFor(() => two.listens(80), { what: "the routed web server" });
  });
  after(async () => {
    await routed?.stop();
    await lab?.stop();
    await origin?.stop();
  });

  const reaches = (modes: typeof MODES, what: string, url: () => string, wanted: string) => {
    for (const [mode, args] of Object.entries(modes)) {
      test(`${mode}: ${what}`, async () => {
        assert.equal(await page([...args, url()]), wanted);
      });
    }
  };
  reaches(MODES, "a host's name", () => `http://two:${WEB_PORT}/`, "hello from two\n");
  reaches(MODES, "an alias in other case, with a final dot", () => `http://WEB-three.:${WEB_PORT}/`, "hello from three\n");
  reaches(ADDRESS_MODES, "a VIP", () => `http://${vip(3)}:${WEB_PORT}/`, "hello from three\n");
  reaches(MODES, "a name behind a route, which its host alone knows", () => "http://site.behind/", "hello from two\n");
  reaches(ADDRESS_MODES, "an address behind a route", () => `http://${ROUTED}/`, "hello from two\n");
  reaches(ADDRESS_MODES, "an address outside, which the host itself dials", () => "http://127.0.0.1/", "hello from one\n");

  test("proxies on Unix sockets", async () => {
    const socks = ["-x", `socks5h://localhost${lab.host(2).home}/socks.sock`];
    assert.equal(await page([...socks, `http://three:${WEB_PORT}/`]), "hello from three\n");
    const url = `http://three:${WEB_PORT}/`;
    const http = ["--unix-socket", `${lab.host(2).home}/http.sock`, "--request-target", url];
    assert.equal(await page([...http, url]), "hello from three\n");
  });

  test("names and passwords", async () => {
    const inThree = async (...args: string[]) => (await lab.host(3).run(["curl", "-sS", "--noproxy", "", ...args])).stdout;
    const user = ["--proxy-user", `${AUTH.user}:${AUTH.password}`];
    const url = `http://two:${WEB_PORT}/`;
    for (const mode of [
      ["-x", `http://${HTTP}`],
      ["-p", "-x", `http://${HTTP}`],
      ["--socks5-hostname", SOCKS],
    ]) {
      assert.equal(await inThree(...mode, ...user, url), "hello from two\n", mode.join(" "));
    }
    const status = ["-o", "/dev/null", "-w", "%{http_code} %{http_connect}"];
    assert.equal(await inThree(...status, "-x", `http://${HTTP}`, url), "407 000");
    assert.equal(await inThree(...status, "-p", "-x", `http://${HTTP}`, "--proxy-user", "me:wrong", url), "000 407");
    const socks = await lab.host(3).run(["curl", "-sS", "--noproxy", "", "--socks5-hostname", SOCKS, url]);
    assert.equal(socks.code, 97);
  });

  test("what may not be reached has a status, a code and a sentence", async () => {
    const proxy = ["-x", `http://${HTTP}`];
    const head = (url: string) => page([...proxy, "-o", "/dev/null", "-w", "%{http_code} %header{norouter-error}", url]);
    assert.equal(await head("http://secret.behind/"), "403 route-refused");
    assert.equal(await head("http://two:1/"), "403 not-published");
    assert.equal(await head("http://nobody.behind/"), "502 name-not-found");
    assert.equal(await head("http://127.0.0.1:1/"), "502 refused");
    assert.match(await page([...proxy, "http://nobody.behind/"]), /nobody\.behind:80 cannot be resolved/);
    assert.match(await page(["--socks5-hostname", SOCKS, "http://secret.behind/"]), /\(2\)/);
    assert.match(await page(["--socks5-hostname", SOCKS, "http://127.0.0.1:1/"]), /\(5\)/);
    assert.match(await page(["--socks5-hostname", SOCKS, "http://nobody.behind/"]), /\(4\)/);
  });

  test("a hundred at once, over few and many connections", async () => {
    const urls = Array.from({ length: 100 }, (_, at) => `url = "http://two:${WEB_PORT}/?${at}"\noutput = "/dev/null"`).join("\n");
    writeFileSync(`${folder()}/hundred`, `${urls}\n`);
    for (const [mode, args] of Object.entries(MODES)) {
      const parallel = ["--parallel", "--parallel-max", "100", "--parallel-immediate", "-w", "%{http_code}\n"];
      const { stdout, stderr } = await curl([...args, ...parallel, "-K", `${folder()}/hundred`], 60_000);
      assert.equal(stdout, "200\n".repeat(100), `${mode}: ${stderr}`);
    }
  });

  for (const [mode, args] of [
    ["HTTP proxy", MODES["HTTP proxy"]],
    ["HTTP tunnel", MODES["HTTP tunnel"]],
    ["SOCKS 5", MODES["SOCKS 5, names by the proxy"]],
  ] as const) {
    test(`${mode}: ${BULK >> 20} MiB up and down, byte for byte`, { timeout: 300_000 }, async () => {
      const url = `http://here:${ORIGIN_PORT}`;
      const script = `curl -sS --noproxy "" "$@" | sha256sum`;
      const down = await lab.host(1).run(["sh", "-c", script, "sh", ...(args ?? []), `${url}/7/${BULK}`], { timeoutMs: 200_000 });
      assert.equal(down.stdout.slice(0, 64), bulkSha256(), down.stderr);
      const source = `curl -sS --noproxy "" "$1" | curl -sS --noproxy "" -T - "\${@:2}"`;
      const up = await lab
        .host(1)
        .run(["bash", "-c", source, "bash", `http://${vip(9)}:${ORIGIN_PORT}/7/${BULK}`, ...(args ?? []), `${url}/`], {
          timeoutMs: 200_000,
        });
      assert.equal(up.stdout, `${BULK} ${bulkSha256()}\n`, up.stderr);
    });
  }

  test("an upload whose length is known", async () => {
    writeFileSync(`${folder()}/body`, pseudoRandomBytes(3, 1_000_000));
    const sent = await page([...(MODES["HTTP proxy"] ?? []), "-T", `${folder()}/body`, `http://here:${ORIGIN_PORT}/`]);
    assert.equal(sent, `1000000 ${pseudoRandomSha256(3, 1_000_000)}\n`);
  });
});
