// Real programs inside a network, each as an ordinary user on its usual port: servers that another host asks and that reach another host,
// and clients. The first five are those that ZeroTier Network Containers lists.
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { runToEnd } from "../../support/child.ts";
import { runtimeArgv } from "../../support/cli.ts";
import { pathOf } from "../../support/engines.ts";
import { type InsideLab, nothingLeft, startInside, withoutInside } from "../../support/inside.ts";
import { ONCE } from "../../support/lab.ts";

const SLOW = { timeout: 180_000 };
const skip =
  ONCE ||
  (await withoutInside("root", "sshd", "ssh-keygen", "nginx", "apache2", "redis-server", "psql", "mariadbd", "curl", "git"));
const PAGE = "from the far host\n";

/** A server: what it is started with in its folder, where it listens, and how another host asks it. */
interface Served {
  readonly name: string;
  readonly port: number;
  /** Files of its folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Commands that prepare the folder. */
  readonly prepare?: readonly (readonly string[])[];
  readonly argv: readonly string[];
  /** A program on another host, and what it prints. */
  readonly ask: readonly string[];
  readonly says: RegExp;
}

const curl = (url: string) => ["curl", "-sS", "--max-time", "30", url];
const tool = (name: string) => pathOf(name) ?? name;

/** @param dir The folder of the server. */
function servers(dir: string, id: string): readonly Served[] {
  const ssh = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-i", id];
  const sshd = ["HostKey", "AuthorizedKeysFile"].map((key) => `${key} ${dir}/${key}`).join("\n");
  const nginx = `daemon off; pid ${dir}/pid; error_log stderr; events {}
http { access_log off; ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((one) => `${one}_temp_path ${dir}/${one};`).join(" ")}
server { listen 80; location / { return 200 "served\\n"; } location /far { resolver 127.0.0.1; proxy_pass http://far/; } } }`;
  const modules = ["mpm_event", "authz_core", "proxy", "proxy_http"];
  const load = modules.map((one) => `LoadModule ${one}_module /usr/lib/apache2/modules/mod_${one}.so`).join("\n");
  const apache = `ServerRoot ${dir}\nServerName served\nPidFile ${dir}/pid\nListen 80\nErrorLog ${dir}/errors\n${load}\nDocumentRoot ${dir}
ProxyPass /far http://far/\n`;
  const node = `require("node:http").createServer((q, a) => q.url === "/far"
  ? require("node:http").get("http://far/", (far) => far.pipe(a)) : a.end("served\\n")).listen(80)`;
  return [
    {
      name: "sshd",
      port: 22,
      files: { config: `${sshd}\nPort 22\nPidFile none\nStrictModes no\nUsePAM no\nSubsystem sftp internal-sftp\n` },
      argv: [tool("sshd"), "-D", "-e", "-f", `${dir}/config`],
      ask: [
        "sh",
        "-c",
        `scp ${ssh.join(" ")} -q ${id} sshd:${dir}/copied && ssh ${ssh.join(" ")} sshd 'curl -sS http://far/; cmp ${id} ${dir}/copied && echo served'`,
      ],
      says: /^from the far host\nserved\n$/,
    },
    {
      name: "apache",
      port: 80,
      files: { conf: apache, "index.html": "served\n" },
      argv: [tool("apache2"), "-X", "-f", `${dir}/conf`],
      ask: ["sh", "-c", "curl -sS http://apache/index.html http://apache/far"],
      says: /^served\nfrom the far host\n$/,
    },
    {
      name: "nginx",
      port: 80,
      files: { conf: nginx },
      argv: [tool("nginx"), "-e", "stderr", "-c", `${dir}/conf`],
      ask: ["sh", "-c", "curl -sS http://nginx/ http://nginx/far"],
      says: /^served\nfrom the far host\n$/,
    },
    {
      name: "nodejs",
      port: 80,
      argv: [...runtimeArgv("node24"), "-e", node],
      ask: ["sh", "-c", "curl -sS http://nodejs/ http://nodejs/far"],
      says: /^served\nfrom the far host\n$/,
    },
    {
      name: "redis-server",
      port: 6379,
      argv: ["redis-server", "--protected-mode", "no", "--dir", dir, "--save", ""],
      ask: ["sh", "-c", "redis-cli -h redis-server set a served && redis-cli -h redis-server get a"],
      says: /served/,
    },
    {
      name: "postgres",
      port: 5432,
      prepare: [
        [postgres("initdb"), "-D", `${dir}/data`, "-A", "trust", "-U", "me", "--no-sync"],
        ["sh", "-c", `echo "host all all 0.0.0.0/0 trust" >> ${dir}/data/pg_hba.conf`],
      ],
      argv: [postgres("postgres"), "-D", `${dir}/data`, "-c", "listen_addresses=*", "-c", `unix_socket_directories=${dir}`],
      ask: ["psql", "-h", "postgres", "-U", "me", "-d", "postgres", "-Atc", "select 'served'"],
      says: /^served\n$/,
    },
    {
      name: "mariadb",
      port: 3306,
      prepare: [
        [
          "mariadb-install-db",
          "--no-defaults",
          `--datadir=${dir}/data`,
          "--auth-root-authentication-method=normal",
          "--skip-test-db",
        ],
      ],
      argv: [
        tool("mariadbd"),
        "--no-defaults",
        `--datadir=${dir}/data`,
        `--socket=${dir}/sock`,
        "--skip-grant-tables",
        "--skip-name-resolve",
      ],
      ask: ["mariadb", "--no-defaults", "-h", "mariadb", "--skip-ssl", "-Nse", "select 'served'"],
      says: /^served\n$/,
    },
    {
      name: "http.server",
      port: 8000,
      files: { "index.html": "served\n" },
      argv: ["python3", "-m", "http.server", "--directory", dir],
      ask: curl("http://http-server:8000/"),
      says: /^served\n$/,
    },
    {
      name: "git-daemon",
      port: 9418,
      prepare: [
        [
          "sh",
          "-c",
          `git init -q ${dir}/repo && cd ${dir}/repo && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m served`,
        ],
      ],
      argv: ["git", "daemon", "--export-all", `--base-path=${dir}`],
      ask: [
        "sh",
        "-c",
        "rm -rf $HOME/clone; git clone -q git://git-daemon/repo $HOME/clone && git -C $HOME/clone log --format=%s",
      ],
      says: /^served\n$/,
    },
  ];
}

const postgres = (name: string): string => `/usr/lib/postgresql/15/bin/${name}`;

describe("real programs inside", { skip }, () => {
  let lab: InsideLab;
  let far: Server;
  before(async () => {
    far = createServer((_, answer) => answer.end(PAGE));
    await new Promise<void>((resolve) => far.listen(0, "127.0.0.1", resolve));
    lab = await startInside([`80:127.0.0.1:${(far.address() as AddressInfo).port}`], { hasShell: true });
  });
  after(async () => {
    await lab?.stop();
    far?.close();
  });

  test("servers, each asked by a program of another host", { timeout: 600_000 }, async (t) => {
    const id = await makeKey(lab);
    for (const { name, port, files = {}, prepare = [], argv, ask, says } of servers("DIR", id)) {
      await t.test(name, SLOW, async () => {
        const dir = folderOf(lab, name, files);
        const here = (words: readonly string[]) => words.map((word) => word.replaceAll("DIR", dir));
        if (name === "sshd") await makeHostKey(lab, dir, id);
        for (const words of prepare) await must(lab, here(words));
        const host = name.replace(".", "-");
        const child = await lab.start(host, here(argv));
        try {
          await waitFor(async () => (await lab.portsOf(host)).includes(port), {
            what: `port ${port} of ${name}`,
            timeoutMs: 60_000,
          });
          const { code, stdout, stderr } = await lab.exec(here(ask), [], { timeoutMs: 60_000 });
          assert.equal(code, 0, `${stderr}\n${child.stderr()}`);
          assert.match(stdout, says);
        } finally {
          child.process.kill("SIGTERM");
          await child.exited;
        }
      });
    }
    await nothingLeft(lab);
  });
});

function folderOf(lab: InsideLab, name: string, files: Readonly<Record<string, string>>): string {
  const dir = `${lab.home}/${name}`;
  mkdirSync(dir);
  for (const [file, text] of Object.entries(files)) writeFileSync(`${dir}/${file}`, text.replaceAll("DIR", dir));
  for (const path of [dir, ...Object.keys(files).map((file) => `${dir}/${file}`)]) chownSync(path, lab.uid, lab.uid);
  return dir;
}

async function must(lab: InsideLab, words: readonly string[]): Promise<void> {
  const { code, stderr } = await runToEnd([...lab.as, ...words], { timeoutMs: 60_000 });
  assert.equal(code, 0, stderr);
}

async function makeKey(lab: InsideLab): Promise<string> {
  const id = `${lab.home}/id`;
  await must(lab, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", id]);
  return id;
}

async function makeHostKey(lab: InsideLab, dir: string, id: string): Promise<void> {
  await must(lab, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", `${dir}/HostKey`]);
  await must(lab, ["cp", `${id}.pub`, `${dir}/AuthorizedKeysFile`]);
  chmodSync(`${dir}/HostKey`, 0o600);
}
