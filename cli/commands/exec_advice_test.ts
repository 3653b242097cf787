// What is said where a program can have no network of its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { adviceFor } from "./exec_advice.ts";

const failed = (errno: number, step = "new namespaces") => ({ works: false, lacks: [], failed: { step, errno, text: "" } });
const system = (files: Readonly<Record<string, string>>) => (path: string) => files[path];
const [EPERM, EINVAL, ENOSPC] = [1, 22, 28];

test("settings that forbid user namespaces are named, with the command that allows them", () => {
  const none = adviceFor(failed(ENOSPC), system({ "/.dockerenv": "" }));
  assert.match(
    none.join("\n"),
    /^There may be no more user namespaces: 'sysctl -w user\.max_user_namespaces=10000', as root, allows more$/,
  );
  const root = adviceFor(failed(EPERM), system({ "/proc/sys/kernel/unprivileged_userns_clone": "0" }));
  assert.match(root.join("\n"), /^Only root may make them/);
});

test("where AppArmor forbids them, the text of a profile is printed", () => {
  const files = { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1" };
  const lines = adviceFor(failed(EPERM, "the map of users"), system(files));
  assert.ok(lines.includes("  userns,"));
  assert.match(lines.at(-1) ?? "", /apparmor_parser -r/);
});

test("docker's profile is named in its containers, and something is said where nothing is known", () => {
  assert.match(adviceFor(failed(EPERM), system({ "/.dockerenv": "" })).join(), /^This is a container of docker/);
  assert.match(adviceFor(failed(EPERM), system({})).join(), /^A security module or a seccomp profile/);
});

test("what a kernel lacks is named, and of other errors there is no advice", () => {
  assert.match(adviceFor(failed(EINVAL, "rules of nftables"), system({})).join(), /nft_tproxy/);
  assert.match(adviceFor({ works: false, lacks: ["x"] }, system({})).join(), /nfnetlink_queue/);
  assert.deepEqual(adviceFor(failed(EINVAL), system({ "/.dockerenv": "" })), []);
});
