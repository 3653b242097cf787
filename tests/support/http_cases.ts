// Raw requests that HTTP proxies read in different ways, and one line for what each proxy makes of them.
import type { Socket } from "node:net";
import { waitFor } from "../../conformance/support/wait.ts";
import { rawClient, startRawOrigin } from "./http_raw.ts";
import type { Address, TestServer } from "./servers.ts";

/** By name: what a client sends. `HOST` stands for the origin's `address:port`. */
export const HTTP_CASES: Readonly<Record<string, string>> = {
  GET: "GET http://HOST/ok HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
  "GET, HTTP/1.0": "GET http://HOST/ok HTTP/1.0\r\n\r\n",
  "GET, twice on one connection":
    "GET http://HOST/ok HTTP/1.1\r\nHost: HOST\r\n\r\nGET http://HOST/ok HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
  "GET with another Host": "GET http://HOST/ok HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n",
  "GET without Host": "GET http://HOST/ok HTTP/1.1\r\nConnection: close\r\n\r\n",
  "GET with two Hosts": "GET http://HOST/ok HTTP/1.1\r\nHost: HOST\r\nHost: other\r\n\r\n",
  HEAD: "HEAD http://HOST/head HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
  "POST with a length": "POST http://HOST/ok HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
  "POST in chunks":
    "POST http://HOST/ok HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
  "POST in chunks with blanks":
    "POST http://HOST/ok HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3 ; a = b\r\nabc\r\n0 \r\n\r\n",
  "POST with a length and chunks":
    "POST http://HOST/ok HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "POST with two lengths": "POST http://HOST/ok HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
  "POST with an odd length": "POST http://HOST/ok HTTP/1.1\r\nHost: HOST\r\nContent-Length: +3\r\n\r\nabc",
  "POST with another coding": "POST http://HOST/ok HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: xchunked\r\n\r\n",
  "a field in two lines": "GET http://HOST/ok HTTP/1.1\r\nHost: HOST\r\nX-A: b\r\n c\r\n\r\n",
  "a space before the colon": "GET http://HOST/ok HTTP/1.1\r\nHost: HOST\r\nX-A : b\r\n\r\n",
  "bare LF": "GET http://HOST/ok HTTP/1.1\nHost: HOST\n\n",
  "two spaces": "GET  http://HOST/ok HTTP/1.1\r\nHost: HOST\r\n\r\n",
  "lower-case version": "GET http://HOST/ok http/1.1\r\nHost: HOST\r\n\r\n",
  "HTTP/0.9": "GET http://HOST/ok\r\n\r\n",
  "HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "a fragment": "GET http://HOST/ok#x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
  "a user in the target": "GET http://u:p@HOST/ok HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
  "a user in Host": "GET http://HOST/ok HTTP/1.1\r\nHost: u:p@HOST\r\nConnection: close\r\n\r\n",
  "bytes beyond ASCII in the target": "GET http://HOST/ok?\xf6 HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
  "300 fields": `GET http://HOST/ok HTTP/1.1\r\nHost: HOST\r\n${"A: 1\r\n".repeat(300)}Connection: close\r\n\r\n`,
  https: "GET https://HOST/ok HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
  "origin-form": "GET /ok HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
  "fields about the connection":
    "GET http://HOST/ok HTTP/1.1\r\nHost: HOST\r\nConnection: close, X-A\r\nX-A: 1\r\nProxy-Connection: x\r\nKeep-Alive: 5\r\nTE: gzip\r\n\r\n",
  "an answer in chunks": "GET http://HOST/chunks HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
  "an answer in chunks, HTTP/1.0": "GET http://HOST/chunks HTTP/1.0\r\n\r\n",
  "an answer up to the end": "GET http://HOST/end HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
  "an answer that breaks off": "GET http://HOST/broken HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
  "no answer": "POST http://HOST/none HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
  "an upgrade": "GET http://HOST/upgrade HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  "an offer of HTTP/2":
    "GET http://HOST/ok HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
  CONNECT: "CONNECT HOST HTTP/1.1\r\nHost: HOST\r\n\r\nGET /ok HTTP/1.1\r\nHost: inside\r\nConnection: close\r\n\r\n",
  "CONNECT without a port": "CONNECT 127.0.0.1 HTTP/1.1\r\nHost: HOST\r\n\r\n",
  "CONNECT to nobody": "CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
  "OPTIONS *": "OPTIONS * HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
  "TRACE that goes no further": "TRACE http://HOST/ok HTTP/1.1\r\nHost: HOST\r\nMax-Forwards: 0\r\nConnection: close\r\n\r\n",
};

/** An origin for the cases, and the requests that it got. */
export interface CaseOrigin extends TestServer {
  readonly heads: readonly string[];
}

/** Starts the origin of the cases. */
export function startCaseOrigin(): Promise<CaseOrigin> {
  const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  const ending = (text: string) => (socket: Socket) => void socket.end(text);
  return startRawOrigin({
    "/ok": ok,
    "/ok#x": ok,
    "/ok?\xf6": ok,
    "/ok?%F6": ok,
    "/head": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
    "/chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "/end": ending("HTTP/1.1 200 OK\r\n\r\nok"),
    "/broken": ending("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"),
    "/none": (socket) => socket.destroy(),
    "/upgrade": "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nok",
  });
}

/** What a proxy makes of a request: statuses, end, and each head that the origin got, as `[METHOD path fields]`. */
export async function outcomeOf(proxy: Address, origin: CaseOrigin, request: string): Promise<string> {
  const before = origin.heads.length;
  const client = await rawClient(proxy);
  client.send(request.replaceAll("HOST", `${origin.host}:${origin.port}`));
  const quiet = { text: "", looks: 0 };
  // What keeps a connection open has said all it will once nothing comes any more.
  const settled = () => {
    quiet.looks = client.text() === quiet.text ? quiet.looks + 1 : 0;
    quiet.text = client.text();
    return client.ended() !== undefined || quiet.looks > 30;
  };
  await waitFor(settled, { what: "the proxy to be done", everyMs: 20 });
  const statuses = [...client.text().matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => status);
  const end = client.ended() === undefined ? "open" : "end";
  client.close();
  const got = origin.heads.slice(before).map((head) => {
    const [first = "", ...fields] = head.trim().split("\r\n");
    const own = fields
      .filter((field) => !/^(?:connection|via): ?/i.test(field))
      .map((field) => field.replaceAll(`${origin.host}:${origin.port}`, "HOST"));
    return `[${first.replace(" HTTP/1.1", "").replace("HTTP/", "")}; ${[...new Set(own.sort())].join(", ")}]`;
  });
  return [...statuses, end, ...got].join(" ");
}
