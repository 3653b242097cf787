// An agent that may open few files: connections beyond are refused with the reason, and it serves again when others have ended.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, test } from "node:test";
import { openFilesOf } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { agentArgv } from "../support/cli.ts";
import { dial } from "../support/clients.ts";
import { needs } from "../support/engines.ts";
import { vip } from "../support/lab.ts";
import { startNetwork } from "../support/network.ts";
import { codeOfEnd, nextText } from "../support/probing.ts";
import { startEcho, type TestServer } from "../support/servers.ts";

const PORT = 7031;
/** More than an agent needs on any runtime, and far fewer than the connections. */
const FILES = 96;
const MANY = 150;

async function echoes(socket: Socket): Promise<boolean> {
  socket.write("hello");
  return (await nextText(socket)) === "hello";
}

/** One connection whose echo came, or the code of its end. */
async function attempt(): Promise<Socket | string> {
  const socket = connect({ host: vip(2), port: PORT, noDelay: true });
  const ended = codeOfEnd(socket);
  const answered = once(socket, "data").then(() => socket);
  answered.catch(() => undefined);
  socket.write("hello");
  return Promise.race([answered, ended]);
}

/** The network of this manager and an agent with few files; the host `listens` where the clients are. */
async function withNetwork(
  listens: "here" | "small",
  body: (network: Awaited<ReturnType<typeof startNetwork>>) => Promise<void>,
) {
  const echo: TestServer = await startEcho();
  const agent = ["prlimit", `--nofile=${FILES}:${FILES}`, "--", ...agentArgv()];
  const off = { loopback: { disable: true } };
  const hosts = {
    here: { vip: vip(1), ports: [`${PORT}:127.0.0.1:${echo.port}`], ...(listens === "here" ? {} : off) },
    small: { vip: vip(2), cmd: agent, ports: [`${PORT}:127.0.0.1:${echo.port}`], ...(listens === "small" ? {} : off) },
  };
  const network = await startNetwork({ manifest: { hosts } });
  try {
    await network.ready();
    await body(network);
    assert.equal(network.events.filter(({ type }) => type === "link.closed").length, 0, "the agent lives on");
  } finally {
    await network.stop();
    await echo.stop();
  }
}

describe("an agent runs out of files", { skip: needs("prlimit") }, () => {
  test("dialling: what is beyond is reset and says why; it serves again", async () => {
    await withNetwork("here", async (network) => {
      const all = await Promise.all(Array.from({ length: MANY }, attempt));
      const open = all.filter((one) => typeof one !== "string");
      assert.ok(open.length > 10 && open.length < FILES, `${open.length} of ${MANY}`);
      const { code } = await network.event("stream.closed", (event) => event.code !== undefined);
      assert.equal(code, "too-many-files");
      assert.ok(await echoes(open[0] as Socket), "those that are open go on");
      for (const socket of open) socket.destroy();
      await waitFor(async () => typeof (await attempt()) !== "string", { what: "the host to serve again" });
    });
  });

  test("accepting: it serves again when others have ended", async () => {
    await withNetwork("small", async (network) => {
      const { pid } = (await network.event("link.opened", ({ host }) => host === 2)).agent as { pid: number };
      const clients = Array.from({ length: MANY }, () => connect({ host: vip(1), port: PORT, noDelay: true }));
      for (const client of clients) client.on("error", () => undefined).resume();
      // What cannot be accepted waits, or is closed: that differs by runtime.
      const full = () => openFilesOf(pid) >= FILES - 1 || clients.some(({ closed }) => closed);
      await waitFor(full, { what: "the agent to have no files left" }).finally(() => {
        for (const client of clients) client.destroy();
      });
      const again = async () => {
        const socket = await dial({ host: vip(1), port: PORT });
        const served = await echoes(socket).catch(() => false);
        socket.destroy();
        return served;
      };
      await waitFor(again, { what: "the host to serve again" });
    });
  });
});
