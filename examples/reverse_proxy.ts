// A program of one's own that puts a web server in front of a network: http://NAME.localhost:8000/ is the first published port of
// host NAME. It takes the front-end that it needs and no other; http-proxy-3 passes requests and WebSockets on.
//
//   node examples/reverse_proxy.ts MANIFEST [PORT]

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createProxyServer } from "http-proxy-3";
import { parseManifest } from "../core/manifest/mod.ts";
import { createManager, registerPlugins } from "../core/mod.ts";
import { forwardPlugin } from "../plugins/forward/mod.ts";
import { loopbackPlugin } from "../plugins/loopback/mod.ts";
import { cmdTransport } from "../transports/cmd/mod.ts";
import { memoryTransport } from "../transports/memory/mod.ts";

const [file = "manifest.yaml", port = "8000"] = process.argv.slice(2);
const plugins = [cmdTransport, memoryTransport, loopbackPlugin, forwardPlugin];
const { manifest, diagnostics } = parseManifest(readFileSync(file, "utf8"), file, registerPlugins(plugins).keys);
if (!manifest) throw new Error(diagnostics.map(({ message }) => message).join("; "));

const manager = createManager({
  plugins,
  agent: { version: "0.1.0", runtime: `node ${process.versions.node}`, pid: process.pid },
  debug: (line) => console.error(line),
});

/** Where the host is that a request names, such as `web` of `web.localhost:8000`. */
function targetOf(authority = ""): string | undefined {
  const [name] = authority.split(".");
  const host = [...manager.network.hosts.values()].find((one) => one.name === name);
  const [published] = host?.ports ?? [];
  return host && published && `http://${host.vip}:${published.listen}`;
}

const proxy = createProxyServer({});
const server = createServer((request, response) => {
  const refuse = (status: number) => response.writeHead(status).end(`There is nothing at ${request.headers.host}\n`);
  const target = targetOf(request.headers.host);
  if (target === undefined) refuse(404);
  else proxy.web(request, response, { target }, () => (response.headersSent ? response.destroy() : refuse(502)));
});
server.on("upgrade", (request, socket, head) => {
  const target = targetOf(request.headers.host);
  if (target === undefined) socket.destroy();
  else proxy.ws(request, socket, head, { target }, () => socket.destroy());
});

manager.subscribe((events) => {
  for (const event of events) if (event.type === "host.ready") console.log(`${event.by} is ready`);
});
await manager.apply(manifest);
server.listen(Number(port), "127.0.0.1", () => console.log(`http://NAME.localhost:${port}/ is host NAME`));
process.once("SIGINT", () => {
  server.close();
  server.closeAllConnections();
  void manager.stop("told to");
});
