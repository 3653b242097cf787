// The ssh transport: its words, what it makes of the tool's own, and the cases of all carriers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { conformTransport } from "../../conformance/transport.ts";
import { meaningOf, toolSubject, wordsFor } from "../../tests/support/fake_tool.ts";
import { sshTransport } from "./mod.ts";

conformTransport("ssh", () => toolSubject(sshTransport, "web"));

const NEEDED = "-o BatchMode=yes -o PermitLocalCommand=no -o Tunnel=no";
const USUAL =
  "-o ConnectTimeout=15 -o ClearAllForwardings=yes -o ForwardX11=no -o ForwardAgent=no -o ControlMaster=no -o LogLevel=INFO";

test("settings become words of ssh, and nothing is ever asked; an ssh that is older is spared what it does not know", async () => {
  assert.equal(await wordsFor(sshTransport, "me@box"), `-T ${NEEDED} ${USUAL} me@box -- sh`);
  const full = {
    host: "box",
    user: "me",
    port: 2222,
    identityFile: "/k",
    jump: "a,b",
    config: "/c",
    options: ["ConnectTimeout=3"],
  };
  const words = "-F /c -l me -p 2222 -i /k -J a,b box -- sh";
  assert.equal(await wordsFor(sshTransport, full), `-T ${NEEDED} -o ConnectTimeout=3 ${USUAL} ${words}`);
});

test("what would be an option of ssh is refused", async () => {
  await assert.rejects(wordsFor(sshTransport, "-oProxyCommand=touch /x"), /taken for an option/);
  await assert.rejects(wordsFor(sshTransport, { host: "box", jump: "-x" }), /taken for an option/);
});

const CHANGED = "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.";
const NOT_LET_IN =
  "access-denied: Not let in (the server takes: publickey); ssh asks for nothing here: use a key, and an agent for its passphrase ('ssh-add')";
const OPEN_KEY =
  "Permissions 0644 for '/k' are too open.\nLoad key \"/k\": bad permissions\nroot@127.0.0.1: Permission denied (publickey).";
const CASES: readonly [meaning: string, code: number, stderr: string][] = [
  ["host-key-changed: The host shows another key than the one that is known", 255, CHANGED],
  ["host-key-unknown: The host's key is not known", 255, "Host key verification failed."],
  [NOT_LET_IN, 255, "root@127.0.0.1: Permission denied (publickey)."],
  ['access-denied: Others may read the key file "/k"; ssh does not use it', 255, OPEN_KEY],
  [
    'access-denied: There is no key file "/k"',
    255,
    "Warning: Identity file /k not accessible: No such file or directory.\nroot@127.0.0.1: Permission denied (publickey).",
  ],
  [
    'host-unreachable: There is no host "nosuch.invalid"',
    255,
    "ssh: Could not resolve hostname nosuch.invalid: Name or service not known\nkex_exchange_identification: Connection closed by remote host",
  ],
  ["host-unreachable: 127.0.0.1 port 1: Connection refused", 255, "ssh: connect to host 127.0.0.1 port 1: Connection refused"],
  ["host-unreachable: Connection was lost", 255, "Connection to 10.0.0.1 closed by remote host."],
  ['settings-refused: There is no configuration file "/c"', 255, "Can't open user config file /c: No such file or directory"],
  [
    "settings-refused: ssh refuses its options: Bad configuration option: nonsense",
    255,
    "command-line: line 0: Bad configuration option: nonsense",
  ],
  [
    "settings-refused: No agreement with the server: no matching cipher found. Their offer: x",
    255,
    "Unable to negotiate with 127.0.0.1 port 22: no matching cipher found. Their offer: x",
  ],
  ["no-shell: Host has no shell", 127, "bash: line 1: sh: command not found"],
  [
    "not-a-shell: Account's shell is a restricted one, such as 'rbash': it may start chosen programs only, and write nothing",
    127,
    "rbash: line 1: sh: command not found",
  ],
];

test("what ssh says becomes a code and a sentence", async () => {
  for (const [meaning, code, stderr] of CASES) assert.equal(await meaningOf(sshTransport, "web", { code, stderr }), meaning);
});
