// Programs inside a network, by the real command line: what they reach and are told, that they are as they would be without it, and
// that nothing of them is left, whatever is killed.
import assert from "node:assert/strict";
import { globSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { after, before, describe, test } from "node:test";
import type { ProcessInfo } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { runToEnd } from "../support/child.ts";
import { IS_NODE24, programArgv } from "../support/cli.ts";
import { type InsideLab, nothingLeft, processesOfWords, startInside, withoutInside } from "../support/inside.ts";
import { QUICK, vip } from "../support/lab.ts";
import { startEcho, startServer, type TestServer } from "../support/servers.ts";
import { startOnTerminal } from "../support/terminal.ts";

const SLOW = { timeout: 120_000 };
const skip = await withoutInside("curl", "python3", "script");
/** A page that any client takes. */
const PAGE = "HTTP/1.0 200 OK\r\ncontent-length: 6\r\n\r\nhello\n";
const CLOSED = 9;
/** Addresses of this machine that are not loopback ones. */
const ownAddresses = () =>
  Object.values(networkInterfaces()).flatMap((list = []) => list.flatMap(({ address, internal }) => (internal ? [] : [address])));
/** What can be killed: what starts the program, its agent, the program, and the command itself. */
const VICTIMS = ["front", "agent", "program", "exec"];

const python = (...lines: string[]) => ["python3", "-c", lines.join("\n")];
/** Says how a connection fares: `ok` or the system's name of the error. */
const TRY = `import socket, errno
def tried(host, port):
  try:
    socket.create_connection((host, port), timeout=20).close()
    return "ok"
  except socket.gaierror: return "no name"
  except OSError as e: return errno.errorcode.get(e.errno, str(e))`;

describe("a program inside", { skip }, () => {
  let lab: InsideLab;
  let web: TestServer;
  let echo: TestServer;
  before(async () => {
    web = await startServer((socket) => socket.once("data", () => socket.end(PAGE)));
    echo = await startEcho();
    const silent = `${CLOSED}:127.0.0.1:${CLOSED}`;
    lab = await startInside([`80:127.0.0.1:${web.port}`, `7:127.0.0.1:${echo.port}`, silent]);
  });
  after(async () => {
    await lab?.stop();
    await web?.stop();
    await echo?.stop();
  });
  const said = async (program: readonly string[], options: readonly string[] = []) => {
    const { code, stdout, stderr } = await lab.exec(program, options);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  test("reaches hosts by name and VIP, and is told the truth of what it does not reach", SLOW, async () => {
    assert.equal(await said(["curl", "-sS", "--max-time", "20", "http://far/", `http://${vip(2)}:80/`]), "hello\nhello\n");
    const lines = [
      TRY,
      `for host, port in [("far", 80), ("far", 81), ("far", ${CLOSED}), ("${vip(3)}", 80), ("127.0.0.1", ${web.port}), ("no-such", 1)]:`,
      "  print(tried(host, port))",
    ];
    const outcomes = (await said(python(...lines))).trim().split("\n");
    assert.deepEqual(outcomes, ["ok", "ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED", "no name"]);
  });

  test("goes outside directly, by routes, or not at all", SLOW, async () => {
    const at = python(TRY, `print(tried("localhost", ${web.port}), tried("192.0.2.1", 9), tried("far", 80))`);
    for (const outside of ["routes", "none"])
      assert.equal(await said(at, ["--outside", outside]), "ECONNREFUSED EHOSTUNREACH ok\n", outside);
    // Its own loopback is not the machine's, whatever is allowed.
    assert.equal(await said(python(TRY, `print(tried("localhost", ${web.port}), tried("far", 80))`)), "ECONNREFUSED ok\n");
  });

  test("connections are its own: addresses, half-close, and many at once", SLOW, async () => {
    const lines = [
      "import socket",
      `s = socket.create_connection(("far", 7), timeout=20)`,
      `assert s.getpeername() == ("${vip(2)}", 7), s.getpeername()`,
      "s.sendall(b'x' * 1000000); s.shutdown(socket.SHUT_WR)",
      "n = 0",
      "while True:",
      "  d = s.recv(65536)",
      "  if not d: break",
      "  n += len(d)",
      `all = [socket.create_connection(("far", 7), timeout=20) for _ in range(${QUICK ? 50 : 300})]`,
      "for i, s in enumerate(all): s.sendall(b'%6d' % i)",
      "ok = all_ok = sum(s.recv(6) == b'%6d' % i for i, s in enumerate(all))",
      "print(n, ok)",
    ];
    assert.equal(await said(python(...lines)), `1000000 ${QUICK ? 50 : 300}\n`);
  });

  test("is as it would be without the network: user, folder, environment, input, output, exit code", SLOW, async () => {
    const script = 'id -u; pwd; echo "$HOME"; cat; echo error >&2; exit 7';
    const { code, stdout, stderr } = await lab.exec(["sh", "-c", script], [], { input: "from outside\n" });
    assert.deepEqual([code, stdout], [7, `${lab.uid}\n${lab.home}\n${lab.home}\nfrom outside\n`]);
    assert.equal(stderr, "error\n");
    const ended = await Promise.all([
      lab.exec(["sh", "-c", "kill -KILL $$"]),
      lab.exec(["no-such-program"]),
      lab.exec(["/etc/passwd"]),
      lab.exec(["sh", "-c", "kill -TERM $$"]),
    ]);
    const ends = ended.map(({ code: status, signal }) => signal ?? status);
    assert.deepEqual(ends, ["SIGKILL", 127, 126, "SIGTERM"]);
    assert.equal(ended[1]?.stderr, 'norouter: "no-such-program" was not found\n');
  });

  test("has the network's names, and none of the machine's services that would answer for it", SLOW, async () => {
    assert.equal(await said(["hostname", "-f"], ["--host", "me"]), "me\n");
    const text = await said(["cat", "/etc/resolv.conf", "/etc/nsswitch.conf"]);
    assert.match(text, /^nameserver 127\.0\.0\.1$/m);
    assert.match(text, /^hosts: files dns$/m);
    const lines = ["import socket", `print(sorted({a[4][0] for a in socket.getaddrinfo("far", 80)}))`];
    assert.equal(await said(python(...lines)), `['${vip(2)}']\n`);
  });

  test("what it listens on is published, low ports too, and taken back", SLOW, async () => {
    const lines = [
      "import socket, sys, threading",
      "first = socket.create_server(('127.0.0.1', 443)); print('listening', flush=True)",
      "second = socket.create_server(('::', 8443), family=socket.AF_INET6)",
      "def serve():",
      "  while True:",
      "    c, a = first.accept(); c.sendall(b'served'); c.close()",
      "threading.Thread(target=serve, daemon=True).start()",
      "sys.stdin.readline(); second.close(); sys.stdin.readline()",
    ];
    const child = await lab.start("srv", python(...lines));
    const ports = async () => {
      const { hosts } = JSON.parse((await lab.norouter("status", "--json")).stdout) as {
        hosts: { name: string; ports: { listen: number }[] }[];
      };
      return hosts.find(({ name }) => name === "srv")?.ports.map(({ listen }) => listen);
    };
    await waitFor(async () => String(await ports()) === "443,8443", { what: "both ports" });
    const ask = ["import socket", 'print(socket.create_connection(("srv", 443), timeout=20).recv(10).decode())'];
    assert.equal(await said(python(...ask)), "served\n");
    child.process.stdin?.write("\n");
    await waitFor(async () => String(await ports()) === "443", { what: "one port" });
    child.process.kill("SIGTERM");
    assert.deepEqual(await child.exited, { code: null, signal: "SIGTERM" });
    await waitFor(async () => (await ports()) === undefined, { what: "the host to leave" });
  });

  test("whatever of it is killed, nothing is left", SLOW, async () => {
    for (const victim of VICTIMS) {
      const [first, second] = [`86${victim.length}.5`, `87${victim.length}.5`];
      const child = await lab.start(victim, ["sh", "-c", `sleep ${first} & exec sleep ${second}`]);
      const programs = () => [first, second].flatMap((one) => processesOfWords(["sleep", one]));
      await waitFor(() => programs().length === 2, { what: "both programs" });
      const isOne = ({ argv }: ProcessInfo) =>
        victim === "exec" ? argv.includes("exec") : argv.includes(victim) && !argv.includes("exec");
      const running = lab.processes().filter(isOne);
      const found = victim === "program" ? processesOfWords(["sleep", second]) : running;
      assert.equal(found.length, 1, victim);
      process.kill(found[0]?.pid ?? 0, "SIGKILL");
      await waitFor(() => programs().length === 0, { what: `the programs to end after the ${victim}` });
      await child.exited;
      await nothingLeft(lab);
      const gone = async () => !(await lab.norouter("status", "--json")).stdout.includes(`"name": "${victim}"`);
      await waitFor(gone, { what: `the host to leave after the ${victim}` });
    }
    assert.deepEqual(globSync(`${lab.home}/tmp/*`), []);
  });

  test("a hostile one reaches nothing of the machine through it, nor its own agent", SLOW, async () => {
    const name = `norouter-test-${process.pid}`;
    const own = await startServer((socket) => socket.end("of the machine"), { host: "0.0.0.0" });
    const hidden = createServer((socket) => socket.end()).listen(`\0${name}`);
    const lines = [
      TRY,
      "import glob, os",
      `places = [("127.0.0.1", ${own.port}), ("::1", ${own.port}), ("127.255.255.254", 1), ("fd00:6e6f:726f:7574::1", 1)]`,
      `places += [(one, ${own.port}) for one in ${JSON.stringify(ownAddresses())}]`,
      "print([place for place in places if tried(*place) == 'ok'])",
      "def secret():",
      `  s = socket.socket(socket.AF_UNIX); s.connect("\\0${name}")`,
      "agents = [p for p in glob.glob('/proc/[0-9]*') if b'agent' in open(p + '/cmdline', 'rb').read().split(b'\\0')]",
      "acts = [secret] + [lambda p=p, f=f: open(p + f, 'rb') for p in agents for f in ('/mem', '/ns/net', '/environ')]",
      "def done(act):",
      "  try: act(); return 'ok'",
      "  except OSError as e: return errno.errorcode[e.errno]",
      "print(len(agents) > 0, sorted(set(done(act) for act in acts)))",
    ];
    try {
      assert.equal(await said(python(...lines), ["--outside", "none"]), "[]\nTrue ['EACCES', 'ECONNREFUSED']\n");
    } finally {
      await own.stop();
      hidden.close();
    }
  });

  test("where the machine forbids it, that is said, with what to do", SLOW, async () => {
    assert.match(
      await runToEnd([...lab.as, ...programArgv(), "exec", "--check"]).then(({ stdout }) => stdout),
      /made at once: works\n/,
    );
    // A user namespace whose own may hold none.
    const forbid = 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"';
    const without = [...lab.as, "unshare", "--user", "--map-root-user", "--", "sh", "-c", forbid, "sh", ...programArgv(), "exec"];
    const checked = await runToEnd([...without, "--check"]);
    assert.equal(checked.code, 71, checked.stderr);
    assert.match(
      checked.stdout,
      /not\nwork: new namespaces: No space left on device\n {2}There may be no more user namespaces: 'sysctl -w/,
    );
    const { code, stderr } = await runToEnd([...without, "--", "true"]);
    assert.deepEqual(
      [code, stderr.split("\n")[0]],
      [71, "norouter: A network for the program cannot be set up: new namespaces: No space left on device"],
    );
    assert.match(stderr, /\n {2}'norouter exec --check' says what forbids it/);
    await nothingLeft(lab);
  });

  test("many at once, each with a host of its own", SLOW, async () => {
    const all = await Promise.all(
      Array.from({ length: QUICK ? 5 : 20 }, () =>
        lab.exec(["curl", "-sS", "--max-time", "60", "http://far/"], [], { timeoutMs: 100_000 }),
      ),
    );
    for (const { code, stdout, stderr } of all) assert.deepEqual([code, stdout], [0, "hello\n"], stderr);
    await nothingLeft(lab);
  });

  test("has the terminal, with job control", SLOW, async () => {
    const shell = await startOnTerminal(lab.execArgv(["bash", "--norc", "-i"]), { env: { PS1: "" } });
    shell.type("echo $((40 + 2))\n");
    await waitFor(() => shell.written().includes("42"), { what: "the shell" });
    shell.type("sleep 987\n");
    await waitFor(() => processesOfWords(["sleep", "987"]).length === 1, { what: "the job" });
    shell.type("\x1a");
    await waitFor(() => shell.written().includes("Stopped"), { what: "the job to stop" });
    shell.type("kill %1; fg\n");
    await waitFor(() => processesOfWords(["sleep", "987"]).length === 0, { what: "the job to end" });
    shell.type("exit 3\n");
    assert.equal((await shell.exited).code, 3, shell.written());
    await shell.stop();
  });
});

test("a network of its own: that of a manifest, whose hosts may be programs, too", {
  ...SLOW,
  skip: skip || !IS_NODE24,
}, async () => {
  const lab = await startInside([]);
  try {
    const server =
      "import socket\ns = socket.create_server(('0.0.0.0', 80))\nwhile True:\n  c, a = s.accept(); c.sendall(b'of its own'); c.close()";
    const web = { vip: vip(12), exec: ["python3", "-c", server], ports: ["80:127.0.0.1:80"] };
    const file = `${lab.home}/own.yaml`;
    writeFileSync(file, JSON.stringify({ hosts: { local: { vip: vip(11), dns: { disable: true } }, web } }));
    const asked = [
      "import socket, time",
      "for left in range(100):",
      "  try:",
      "    print(socket.create_connection(('web', 80), timeout=20).recv(20).decode()); break",
      "  except ConnectionRefusedError: time.sleep(.05)",
    ];
    const { code, stdout, stderr } = await lab.exec(python(...asked), ["--manifest", file]);
    assert.deepEqual([code, stdout], [0, "of its own\n"], stderr);
    await nothingLeft(lab);
  } finally {
    await lab.stop();
  }
});
