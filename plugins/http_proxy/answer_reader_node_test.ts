// Answers beside Node's: what its parser and the proxy both take, they take for the same answer, and reasons have its words.

import assert from "node:assert/strict";
import { request, STATUS_CODES } from "node:http";
import { Duplex } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { ERRORS } from "../../core/mod.ts";
import { ONCE } from "../../tests/support/lab.ts";
import { REASONS } from "./answer.ts";
import { AnswerReader } from "./answer_reader.ts";
import { Refusal } from "./refusal.ts";

const RUNS = 1000;

interface Read {
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
}

/** What comes of an answer and the end behind it; undefined when it is refused or not whole. */
function readHere(text: string): Read | undefined {
  let found: Omit<Read, "body" | "trailers"> | undefined;
  let body = "";
  const reader = new AnswerReader(
    { method: "GET", where: "web:80", mostBytes: 65_536 },
    {
      interim: () => undefined,
      head: ({ status, reason, headers }) => {
        found = { status, reason, fields: headers.flat() };
      },
      data: (data) => {
        body += Buffer.from(data).toString("latin1");
      },
    },
  );
  try {
    reader.push(Buffer.from(text, "latin1"));
    reader.end();
  } catch (thrown) {
    if (thrown instanceof Refusal) return undefined;
    throw thrown;
  }
  return found && reader.done ? { ...found, body, trailers: reader.trailers.flat() } : undefined;
}

/** The same by `http.request`. */
function readByNode(text: string): Promise<Read | undefined> {
  const connection = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  return new Promise((resolve) => {
    const asked = request({ createConnection: () => connection, host: "web", maxHeaderSize: 65_536 }, (answer) => {
      let body = "";
      answer.setEncoding("latin1").on("data", (data: string) => {
        body += data;
      });
      answer.on("error", () => resolve(undefined));
      answer.on("end", () => {
        const { statusCode: status = 0, statusMessage: reason = "", rawHeaders: fields, rawTrailers: trailers } = answer;
        resolve(answer.complete ? { status, reason, fields, body, trailers } : undefined);
      });
    });
    asked
      .on("error", () => resolve(undefined))
      .on("upgrade", () => resolve(undefined))
      .on("close", () => resolve(undefined));
    asked.end();
    connection.push(Buffer.from(text, "latin1"));
    connection.push(null);
  });
}

const word = fc.string({ maxLength: 6, unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)) });
const first = fc.oneof(
  fc.constantFrom(
    "HTTP/1.1 200 OK",
    "HTTP/1.0 404 Not Found",
    "HTTP/1.1 200 ",
    "HTTP/1.1 200",
    "HTTP/1.1 204 N",
    "HTTP/1.1 304 N",
  ),
  word.map((reason) => `HTTP/1.1 299 ${reason}`),
);
const plain = fc
  .tuple(fc.constantFrom("A", "b-C", "x_1", "Connection", "Trailer"), word)
  .map(([name, value]) => `${name}: ${value}`);
const odd = fc.constantFrom("X:", "X:  a \t", "X : a", " X: a", "X: a\x01", "Content-Length:3,3", "Transfer-Encoding: identity");
const chunk = fc.constantFrom(
  "3\r\nabc\r\n",
  "003\r\nabc\r\n",
  "3;a=b\r\nabc\r\n",
  "A;x\r\n0123456789\r\n",
  "3 \r\nabc\r\n",
  "3\nabc\n",
);
const framed = fc.oneof(
  fc
    .array(chunk, { maxLength: 4 })
    .map((chunks) => ["Transfer-Encoding: chunked", `${chunks.join("")}0\r\nT: 1\r\nU:2\r\n\r\n`] as const),
  fc.constantFrom("Content-Length: 3", "content-length:003").map((length) => [length, "abcHTTP"] as const),
  fc.constant(["B: 1", "to the end"] as const),
);
const answers = fc
  .record({
    before: fc.constantFrom("", "", "HTTP/1.1 100 C\r\nX: 1\r\n\r\n", "\r\n"),
    line: first,
    fields: fc.array(fc.oneof({ arbitrary: plain, weight: 9 }, { arbitrary: odd, weight: 1 }), { maxLength: 4 }),
    framing: framed,
    at: fc.nat(4),
    eol: fc.constantFrom("\r\n", "\r\n", "\r\n", "\n"),
  })
  .map(({ before, line, fields, framing: [field, body], at, eol }) => {
    const all = [line, ...fields.slice(0, at), field, ...fields.slice(at)];
    return `${before}${all.join(eol)}${eol}${eol}${body}`;
  });

test("an answer that Node's parser and the proxy take is the same answer for both", { skip: ONCE }, async () => {
  let both = 0;
  const one = async (text: string) => {
    const [ours, theirs] = [readHere(text), await readByNode(text)];
    if (theirs) assert.ok(ours, "Node takes it");
    if (!ours || !theirs) return;
    both += 1;
    assert.deepEqual(ours, theirs);
  };
  await fc.assert(fc.asyncProperty(answers, one), { numRuns: RUNS });
  assert.ok(both > RUNS / 10, `${both}`); // about a quarter
});

test("every refusal has its reason in words", () => {
  for (const { http } of Object.values(ERRORS)) assert.equal(REASONS[http], STATUS_CODES[http], `${http}`);
  for (const [status, reason] of Object.entries(REASONS)) assert.equal(reason, STATUS_CODES[status]);
});
