// Command-line clients and the standard libraries of other languages, and what they send to a proxy: URLs with a user, a
// fragment and bytes beyond ASCII; passwords with signs in them; offers of HTTP/2.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Finished, runToEnd } from "../../tests/support/child.ts";
import { needs } from "../../tests/support/engines.ts";
import {
  type ProxiedOptions,
  type RawAnswer,
  type RawOrigin,
  startRawOrigin,
  throughProxy,
} from "../../tests/support/http_raw.ts";
import { ONCE } from "../../tests/support/lab.ts";
import { httpProxyPlugin } from "./mod.ts";

type Run = (argv: readonly string[], login?: string) => Promise<Finished>;

async function clients(
  paths: Readonly<Record<string, string | RawAnswer>>,
  body: (run: Run, origin: RawOrigin, proxy: string) => Promise<void>,
  more: Partial<ProxiedOptions> = {},
) {
  await throughProxy(
    await startRawOrigin(paths),
    { plugin: httpProxyPlugin, ...more },
    async ({ proxy: { host, port } }, origin) => {
      const run: Run = (argv, login = "") => {
        const at = `http://${login}${host}:${port}`;
        return runToEnd(argv, { env: { http_proxy: at, https_proxy: at, no_proxy: "", LANG: "C.UTF-8" } });
      };
      await body(run, origin, `${host}:${port}`);
    },
  );
}

const PATH = "/caf%C3%A9?q=%C3%B6";
const RAW = "http://user:pw@web/café?q=ö#part";
const ASCII = `http://user:pw@web${PATH}#part`;
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
const PYTHON = "/usr/bin/python3";

const URLLIB = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode(), end='')";
const REQUESTS = "import sys, requests; print(requests.get(sys.argv[1]).text, end='')";
const LWP = "$agent = LWP::UserAgent->new; $agent->env_proxy; print $agent->get($ARGV[0])->content";
const TINY = "print HTTP::Tiny->new->get($ARGV[0])->{content}";
const PHP = `$http = ["proxy" => str_replace("http:", "tcp:", getenv("http_proxy")), "request_fulluri" => true];
echo file_get_contents($argv[1], false, stream_context_create(["http" => $http]));`;

/** The program that has to be there, the command, and the URL where it takes ASCII alone. */
const CLIENTS: Readonly<Record<string, readonly [tool: string, argv: readonly string[], url?: string]>> = {
  curl: ["curl", ["curl", "-sS"]],
  "curl --http2": ["curl", ["curl", "-sS", "--http2"]],
  wget: ["wget", ["wget", "-qO-"]],
  "busybox wget": ["busybox", ["busybox", "wget", "-qO-"]],
  lynx: ["lynx", ["lynx", "-source"]],
  "python's urllib": ["python3", [PYTHON, "-c", URLLIB], ASCII],
  "python's requests": ["python3", [PYTHON, "-c", REQUESTS]],
  "perl's LWP": ["lwp-request", ["perl", "-MLWP::UserAgent", "-e", LWP]],
  "perl's HTTP::Tiny": ["perl", ["perl", "-MHTTP::Tiny", "-e", TINY]],
  php: ["php", ["php", "-r", PHP]],
};

for (const [name, [tool, argv, url = RAW]] of Object.entries(CLIENTS)) {
  test(`${name} gets a URL with a user, a fragment and bytes beyond ASCII`, { skip: ONCE || needs(tool) }, async () => {
    await clients({ [PATH]: OK }, async (run, origin) => {
      const { code, stdout, stderr } = await run([...argv, url]);
      assert.deepEqual([code, stdout], [0, "ok\n"], stderr);
      assert.match(origin.heads[0] ?? "", /^GET \/caf%C3%A9\?q=%C3%B6 HTTP\/1\.1\r\nHost: web\r\n/);
    });
  });
}

test("curl --http2 gets the page of a server that wants all of an upgrade to HTTP/2 or nothing", {
  skip: ONCE || needs("curl"),
}, async () => {
  // As Jetty does.
  const jetty: RawAnswer = (socket, head) => {
    const [offered, settings] = [/^Upgrade:.*h2c/im.test(head), /^HTTP2-Settings:/im.test(head)];
    socket.end(offered === settings ? OK : "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  };
  await clients({ "/": jetty }, async (run) => {
    const { code, stdout, stderr } = await run(["curl", "-sSf", "--http2", "http://web/"]);
    assert.deepEqual([code, stdout], [0, "ok\n"], stderr);
  });
});

test("a password beyond ASCII enters as its client writes it", {
  skip: ONCE || needs("python3", "curl", "wget", "php", "lwp-request"),
}, async () => {
  const auth = { user: "me", password: "p@ss:wörd" };
  await clients(
    { "/": OK },
    async (run, _origin, proxy) => {
      const login = "me:p%40ss%3Aw%C3%B6rd@";
      for (const argv of [
        [PYTHON, "-c", REQUESTS],
        [PYTHON, "-c", URLLIB],
        ["curl", "-sS"],
        ["wget", "-qO-"],
        ["perl", "-MLWP::UserAgent", "-e", LWP],
        ["perl", "-MHTTP::Tiny", "-e", TINY],
      ]) {
        const { code, stdout, stderr } = await run([...argv, "http://web/"], login);
        assert.deepEqual([code, stdout], [0, "ok\n"], `${argv.join(" ")}: ${stderr}`);
      }
      const given = await run(["curl", "-sS", "--proxy-user", "me:p@ss:wörd", "--proxy", `http://${proxy}`, "http://web/"]);
      assert.equal(given.stdout, "ok\n", given.stderr);
      const wrong = await run(["curl", "-sS", "http://web/"], "me:p%40ss%3Aword@");
      assert.match(wrong.stdout, /^norouter: The name or the password is wrong/);
    },
    { http: { auth } },
  );
});
