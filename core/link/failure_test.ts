// How the end of a link reads.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ErrorCode, NoRouterError } from "../errors.ts";
import { AGENT_ON_TERMINAL, linkFailure } from "./failure.ts";

const end = (code: ErrorCode, carrier: { exitCode?: number; signal?: string; stderr?: readonly string[] } = {}, banner = "") =>
  linkFailure({ error: new NoRouterError(code), carrier: { stderr: [], ...carrier }, banner });

test("code, exit code and signal are told when there are any", () => {
  const plain = end("link-silent");
  assert.deepEqual(plain, { code: "link-silent", message: "Link is open but nothing arrives", stderr: [] });
  assert.equal(end("agent-failed", { exitCode: 3 }).exitCode, 3);
  assert.equal(end("agent-failed", { signal: "SIGKILL" }).signal, "SIGKILL");
});

test("exit codes 126 and 127 of a shell mean that there is no such program, but only before an agent answered", () => {
  for (const exitCode of [126, 127]) {
    assert.equal(end("agent-failed", { exitCode }).code, "agent-not-found");
    assert.equal(end("link-closed", { exitCode }).code, "link-closed");
  }
  assert.equal(end("agent-failed", { exitCode: 1 }).code, "agent-failed");
});

test("the last lines of the banner stand before standard error, unless the link ended in order", () => {
  const banner = "1\r\n2\n\n3\n4\n5\n6\n";
  assert.deepEqual(end("not-an-agent", { stderr: ["e"] }, banner).stderr, ["2", "3", "4", "5", "6", "e"]);
  assert.deepEqual(end("link-closed", { stderr: ["e"] }, banner).stderr, ["e"]);
});

test("lines are bounded and without control characters", () => {
  const [line = ""] = end("agent-failed", { stderr: [`\u001b[2J${"x".repeat(9000)}`] }).stderr;
  assert.equal(line.length, 512);
  assert.ok(line.startsWith("\ufffd[2Jxxx"));
});

test("an agent that refused a terminal tells of a terminal in the path, wherever its words came out", () => {
  const exitCode = 64;
  for (const failure of [
    end("agent-failed", { exitCode }, `norouter: ${AGENT_ON_TERMINAL}\r\n`),
    end("agent-failed", { exitCode, stderr: [AGENT_ON_TERMINAL] }),
  ])
    assert.deepEqual([failure.code, failure.exitCode], ["terminal-in-path", exitCode]);
});

test("a question for a password is told, but not where an agent answered or a tool knows better", () => {
  for (const line of ["Password: su: Authentication failure", "[sudo] password for me: ", "Enter PIN for key:"]) {
    assert.equal(end("agent-failed", { exitCode: 1, stderr: [line] }).code, "password-wanted", line);
    assert.equal(end("link-closed", { exitCode: 1, stderr: [line] }).code, "link-closed");
    assert.equal(end("access-denied", { exitCode: 1, stderr: [line] }).code, "access-denied");
  }
  assert.equal(end("agent-failed", { stderr: ["Permission denied (publickey,password)."] }).code, "agent-failed");
});

test("a long line is cut between characters", () => {
  const { stderr } = end("link-silent", { stderr: [`a${"😀".repeat(600)}`] });
  assert.deepEqual(stderr, [`a${"😀".repeat(511)}`]);
});
