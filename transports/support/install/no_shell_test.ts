// What stands where a shell was wanted, with the real programs: each end names what is and shows what it said.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { linkFailure } from "../../../core/link/failure.ts";
import { NoRouterError } from "../../../core/mod.ts";
import { RUNS_ON } from "../../../tests/support/cli.ts";
import { needs, pathOf } from "../../../tests/support/engines.ts";
import { startOn } from "../../../tests/support/fake_host.ts";
import { tempDir } from "../../../tests/support/lifetime.ts";
import { startSshd } from "../../../tests/support/sshd.ts";

/** How a start ends, as the log has it. */
async function failureOf(argv: readonly string[], helloMs = 20_000) {
  const { carrier, ends } = await startOn(argv, undefined, { helloMs });
  const end = await waitFor(() => ends[0], { what: "the end" });
  await carrier.close();
  return linkFailure({ error: end.error ?? new NoRouterError("agent-failed"), carrier: end, banner: "" });
}

/** What reads its input to the end before it says anything is silent until its input is closed. */
const SOON = 1000;

const CASES: readonly (readonly [tool: string, argv: readonly string[], sentence: RegExp, said?: RegExp])[] = [
  ["tcsh", ["tcsh", "-f"], /^Host's shell is csh or tcsh, a POSIX 'sh' was wanted$/],
  ["fish", ["fish"], /^Host's shell is fish, a POSIX 'sh' was wanted$/],
  ["fish", ["sh", "-c", "cat | fish"], /^Host's shell is fish, a POSIX 'sh' was wanted$/, /fish/],
  ["elvish", ["elvish"], /^Host's shell is Elvish, a POSIX 'sh' was wanted$/, /Exception/],
  ["xonsh", ["xonsh", "--no-rc"], /^Host's shell is xonsh, a POSIX 'sh' was wanted$/],
  ["bash", ["bash", "-r"], /^Account's shell is a restricted one, such as 'rbash'/],
  ["zsh", ["zsh", "-r"], /^Account's shell is a restricted one, such as 'rbash'/],
  ["mksh", ["mksh", "-r"], /^Account's shell is a restricted one, such as 'rbash'/],
  ["rbash", ["env", "PATH=/nowhere", pathOf("rbash") ?? "", "-c", "sh"], /^Account's shell is a restricted one/, /not found/],
  ["python3", ["python3"], /^Host's command is Python, a POSIX 'sh' was wanted$/, /SyntaxError/],
  ["perl", ["perl"], /to the end and then said "Execution of - aborted/, /syntax error/],
  ["sh", ["sh", "-c", "cat >/dev/null"], /it took what it was sent to the end and said nothing$/],
  ["nologin", [pathOf("nologin") ?? "", "-c", "sh"], /^Account may not log in: its shell is 'nologin'$/, /not available/],
  ["git-shell", ["git-shell", "-c", "sh"], /^Account is for Git alone: its shell is 'git-shell'$/, /unrecognized command/],
  ["git-shell", ["git-shell"], /^Account is for Git alone: its shell is 'git-shell'$/, /Interactive git shell/],
  ["echo", ["echo", "Backups only"], /^Host's command said "Backups only" and ended without a shell$/, /Backups only/],
];

describe("no shell", { skip: RUNS_ON !== "node" && "the same on every runtime" }, () => {
  for (const [tool, argv, sentence, said] of CASES) {
    test(`the end of ${argv.join(" ")}`, { skip: needs(tool) }, async () => {
      const { code, message, stderr } = await failureOf(argv, SOON);
      assert.match(message, sentence);
      assert.equal(code, "not-a-shell");
      if (said) assert.match(stderr.join("\n"), said);
    });
  }

  test("another shell that .bashrc becomes is named", { skip: needs("bash", "fish") }, async () => {
    const home = tempDir("bashrc");
    writeFileSync(`${home.path}/.bashrc`, "exec fish\n");
    // As sshd starts it: bash then reads .bashrc, though it is not interactive.
    const login = ["env", `HOME=${home.path}`, "SSH_CLIENT=::1 1 22", "SHLVL=0", "bash", "-c", "sh"];
    assert.match((await failureOf(login, SOON)).message, /^Host's shell is fish/);
    home.remove();
  });

  test("a forced command is shown", { skip: needs("sshd", "ssh", "ssh-keygen") }, async () => {
    const sshd = await startSshd({ settings: ["ForceCommand=echo No shell here"] });
    try {
      const { code, message } = await failureOf([...sshd.command, "--", "sh"]);
      assert.deepEqual([code, message], ["not-a-shell", `Host's command said "No shell here" and ended without a shell`]);
    } finally {
      await sshd.stop();
    }
  });

  test("the recording of a session is a terminal in the path", { skip: needs("script") }, async () => {
    for (const argv of [
      ["script", "-q", "/dev/null"],
      ["script", "-q", "-c", "sh", "/dev/null"],
    ])
      assert.equal((await failureOf(argv)).code, "terminal-in-path");
  });

  test("a question for a password gets one line, and the host is not tried again", {
    skip: needs("su", "setpriv", "root"),
  }, async () => {
    const asOther = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const { code } = await failureOf([...asOther, "su", "--command", "sh"], SOON);
    assert.equal(code, "password-wanted");
  });

  test("whatever asks for a password is told one line", async () => {
    const dir = tempDir("asked");
    const asks = `n=0; while printf "Password: " >&2 && read -r line; do n=$((n + 1)); echo $n >"${dir.path}/count"; done; exit 1`;
    assert.equal((await failureOf(["sh", "-c", asks], SOON)).code, "password-wanted");
    assert.equal(readFileSync(`${dir.path}/count`, "utf8"), "1\n");
    dir.remove();
  });
});
