// Why a machine lets no program have a network of its own, and what to do about it. Pure.

import type { InsideTrial } from "../../core/mod.ts";

const [EPERM, EACCES, ENOSPC] = [1, 13, 28];

/** Reads a file of the system; undefined where there is none. */
export type ReadSystem = (path: string) => string | undefined;

/** What forbids a way that failed, as far as the system tells, and what to do; the most likely reason first. */
export function adviceFor({ failed, lacks }: InsideTrial, read: ReadSystem): string[] {
  if (!failed)
    return lacks.length > 0 ? ["The kernel lacks what it takes: the module nfnetlink_queue, and xt_NFQUEUE or nft_queue"] : [];
  if (failed.step === "rules of nftables")
    return ["The kernel lacks nftables or its 'tproxy': the modules nf_tables and nft_tproxy"];
  if (failed.errno === ENOSPC)
    return ["There may be no more user namespaces: 'sysctl -w user.max_user_namespaces=10000', as root, allows more"];
  if (![EPERM, EACCES].includes(failed.errno)) return [];
  const reasons = [...ofSettings(read), ...ofContainer(read)];
  return reasons.length > 0 ? reasons : ["A security module or a seccomp profile forbids user namespaces to this process"];
}

function ofSettings(read: ReadSystem): string[] {
  const reasons: string[] = [];
  if (read("/proc/sys/kernel/unprivileged_userns_clone") === "0")
    reasons.push("Only root may make them: 'sysctl -w kernel.unprivileged_userns_clone=1', as root, allows everybody");
  if (read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") === "1")
    reasons.push(
      "AppArmor allows them to programs with a profile, as on Ubuntu 23.10 and later. As root, write into /etc/apparmor.d/norouter:",
      ...["abi <abi/4.0>,", "profile norouter /**/engine flags=(unconfined) {", "  userns,", "}"],
      "and load it with 'apparmor_parser -r /etc/apparmor.d/norouter'",
    );
  return reasons;
}

function ofContainer(read: ReadSystem): string[] {
  if (read("/.dockerenv") === undefined) return [];
  return [
    "This is a container of docker, whose default seccomp profile forbids them: start it with '--security-opt seccomp=unconfined', or with a profile that allows clone, unshare and mount",
  ];
}
