// A program for tests: sends requests through a proxy of its own, and prints the heads that the server got as JSON. What it is
// tested with is the environment that it is started in.
import process from "node:process";
import { httpProxyPlugin } from "../../plugins/http_proxy/mod.ts";
import { proxiedNetwork, startRawOrigin } from "./http_raw.ts";

const origin = await startRawOrigin({ "/x": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" });
const proxied = await proxiedNetwork({ plugin: httpProxyPlugin, ports: { 80: origin } });
for (const more of ["", "Expect: 100-continue\r\nContent-Length: 0\r\n"])
  await proxied.exchange(`PUT http://web/x HTTP/1.1\r\nHost: web\r\nConnection: close\r\n${more}\r\n`);
process.stdout.write(`${JSON.stringify(origin.heads)}\n`);
await proxied.stop();
await origin.stop();
