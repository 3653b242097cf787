// Networks of a real docker engine that this machine has no way into, each entered through one of its containers: names and
// addresses, through HTTP, SOCKS and DNS.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { needs } from "../../support/engines.ts";
import { freePort } from "../../support/free_port.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { startDocker } from "../../support/real/docker_engine.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { type ContainerEngine, must, pipeThrough } from "../../support/real/real.ts";

const NETWORKS = ["foo", "bar"] as const;
const SUBNETS = { foo: "198.18.42.0/24", bar: "198.18.43.0/24" } as const;
/** With a runtime the agent is a script, without one it is a program. */
const IMAGES = { foo: "busybox", bar: "node" } as const;
const LOCAL = vip(40);
const INSIDE = { http: { listen: "127.0.0.1:18080" }, ports: ["8080:nginx:80"], writeEtcHosts: true };

/** What a command printed; its error output is in the message when it fails. */
async function said(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await pipeThrough(argv);
  assert.equal(code, 0, `${argv.join(" ")}: ${stdout}${stderr}`);
  return stdout.toString();
}

describe("two networks of docker behind a bastion each", { skip: ONCE || needs(...NEEDED.docker, "curl", "dig") }, () => {
  let engine: ContainerEngine;
  let network: Network | undefined;
  const ports = { http: 0, socks: 0, dns: 0 };
  const addresses = { foo: "", bar: "" };

  before(async () => {
    engine = await startDocker();
    for (const name of NETWORKS) {
      await must(["docker", "network", "create", "--subnet", SUBNETS[name], name], engine.env);
      await engine.run({ name: `nginx-${name}`, network: name, args: ["--network-alias", "nginx"] });
      await engine.run({ name: `bastion-${name}`, network: name, image: IMAGES[name], command: ["sleep", "1000000"] });
      const format = `{{(index .NetworkSettings.Networks "${name}").IPAddress}}`;
      addresses[name] = (await must(["docker", "inspect", "-f", format, `nginx-${name}`], engine.env)).trim();
    }
    for (const name of ["http", "socks", "dns"] as const) ports[name] = await freePort(LOCAL);
    const listen = (name: keyof typeof ports) => ({ listen: `${LOCAL}:${ports[name]}` });
    const local = { vip: LOCAL, http: listen("http"), socks: listen("socks"), dns: listen("dns"), loopback: { disable: false } };
    network = await startNetwork({
      env: engine.env,
      manifest: {
        hostTemplate: { stateDir: { disable: true } },
        hosts: {
          local,
          foo: { vip: vip(41), docker: "bastion-foo", ...INSIDE },
          bar: { vip: vip(42), docker: "bastion-bar", ...INSIDE },
        },
        routes: [
          { via: "foo", to: ["0.0.0.0/0", "*"] },
          { via: "bar", to: [`${addresses.bar}/32`, "*.bar"] },
        ],
      },
    });
    const { failed } = await network.ready(120_000);
    assert.deepEqual(failed, []);
  });
  after(async () => {
    await network?.stop();
    await engine?.stop();
  });

  const proxies = () => [
    ["--proxy", `http://${LOCAL}:${ports.http}`],
    ["--proxytunnel", "--proxy", `http://${LOCAL}:${ports.http}`],
    ["--socks5-hostname", `${LOCAL}:${ports.socks}`],
    ["--socks4a", `${LOCAL}:${ports.socks}`],
  ];
  const page = (proxy: readonly string[], url: string) => said("curl", "-sS", "--max-time", "20", ...proxy, url);

  test("this machine itself has no way there", async () => {
    const { stdout } = await pipeThrough(["curl", "-sS", "--noproxy", "*", "--max-time", "1", `http://${addresses.foo}/`]);
    assert.doesNotMatch(stdout.toString(), /hello from/);
  });

  test("a name that only the first network knows", async () => {
    for (const proxy of proxies()) assert.equal(await page(proxy, "http://nginx/"), "hello from nginx-foo\n", proxy.join(" "));
    assert.equal(await page(["--proxy", `http://${LOCAL}:${ports.http}`], "http://NGINX.:80/"), "hello from nginx-foo\n");
  });

  test("names of the second network, whose route comes later", async () => {
    for (const proxy of proxies())
      assert.equal(await page(proxy, "http://nginx.bar/"), "hello from nginx-bar\n", proxy.join(" "));
  });

  test("addresses of both", async () => {
    const withAddresses = [...proxies(), ["--socks5", `${LOCAL}:${ports.socks}`], ["--socks4", `${LOCAL}:${ports.socks}`]];
    for (const proxy of withAddresses) {
      for (const name of NETWORKS) assert.equal(await page(proxy, `http://${addresses[name]}/`), `hello from nginx-${name}\n`);
    }
  });

  test("the name server asks the bastion's own resolver", async () => {
    const ask = (...question: string[]) => said("dig", "+short", `@${LOCAL}`, "-p", `${ports.dns}`, ...question);
    assert.equal(await ask("nginx"), `${addresses.foo}\n`);
    assert.equal(await ask("nginx.bar"), `${addresses.bar}\n`);
    assert.equal(await ask("+tcp", "nginx.bar"), `${addresses.bar}\n`);
    assert.equal(await ask("bar"), `${vip(42)}\n`, "the network's own names come first");
  });

  test("programs in one network reach the other, through the proxy of their own container", async () => {
    for (const [from, url, wanted] of [
      ["foo", "http://nginx.bar/", "nginx-bar"],
      ["bar", "http://nginx/", "nginx-foo"],
    ] as const) {
      const proxy = `http_proxy=http://${INSIDE.http.listen}`;
      const { stdout, stderr } = await engine.exec(`bastion-${from}`, ["env", proxy, "wget", "-qO-", url]);
      assert.equal(stdout.toString(), `hello from ${wanted}\n`, stderr);
    }
  });

  test("what is refused there is refused here, with the name that was asked for", async () => {
    const { stdout } = await pipeThrough(["curl", "-sS", "--proxy", `http://${LOCAL}:${ports.http}`, "http://nginx.bar:81/"]);
    assert.match(stdout.toString(), /Target nginx\.bar:81 refused the connection/);
  });

  test("names stand in the containers' /etc/hosts, which docker mounts there, while the network runs", async () => {
    const hosts = async () => (await engine.exec("bastion-foo", ["cat", "/etc/hosts"])).stdout.toString();
    const { stdout, stderr } = await engine.exec("bastion-foo", ["wget", "-qO-", "http://bar:8080/"]);
    assert.equal(stdout.toString(), "hello from nginx-bar\n", stderr);
    const during = await hosts();
    assert.match(during, new RegExp(`^${vip(42)}\\s+bar$`, "m"));
    await network?.stop();
    const after = await hosts();
    assert.doesNotMatch(after, /norouter|bar/);
    assert.equal(during.startsWith(after), true, "nothing else changed");
  });
});
