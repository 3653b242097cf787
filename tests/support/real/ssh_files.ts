// The client's files for the machines of `startSshHosts`: configuration, known hosts. Must not start anything.
import { readFileSync, writeFileSync } from "node:fs";
import { USER } from "./rootfs.ts";
import type { Machine } from "./ssh_machine.ts";

function block(alias: string, settings: Readonly<Record<string, string>>): string {
  return [`Host ${alias}`, ...Object.entries(settings).map(([key, value]) => `  ${key} ${value}`), ""].join("\n");
}

function publicKey(file: string): string {
  return readFileSync(file, "utf8").split(" ").slice(0, 2).join(" ");
}

/** Writes `ssh_config` and what it refers to into the folder; returns the path of the configuration. */
export function writeClientFiles(folder: string, machines: readonly Machine[]): string {
  const known = machines.map(({ address, name }) => `${address} ${publicKey(`${folder}/hostkey-${name}.pub`)}\n`);
  const changed = machines.map(({ address }) => `${address} ${publicKey(`${folder}/other.pub`)}\n`);
  writeFileSync(`${folder}/known_hosts`, known.join(""));
  writeFileSync(`${folder}/known_hosts_changed`, changed.join(""));
  writeFileSync(`${folder}/known_hosts_empty`, "");
  const blocks = machines.flatMap(({ name, address }) => {
    const base = { HostName: address, IdentityFile: `${folder}/id`, UserKnownHostsFile: `${folder}/known_hosts`, User: "root" };
    return [
      block(name, base),
      block(`${name}-wrong-key`, { ...base, IdentityFile: `${folder}/other` }),
      block(`${name}-changed`, { ...base, UserKnownHostsFile: `${folder}/known_hosts_changed` }),
      block(`${name}-unknown`, { ...base, UserKnownHostsFile: `${folder}/known_hosts_empty` }),
      block(`${name}-locked`, { ...base, IdentityFile: `${folder}/locked` }),
      block(`${name}-jump`, { ...base, ProxyJump: "127.0.0.1:1" }),
      block(`${name}-user`, { ...base, User: USER.name }),
    ];
  });
  const all = { BatchMode: "yes", IdentitiesOnly: "yes", GlobalKnownHostsFile: "/dev/null", StrictHostKeyChecking: "yes" };
  writeFileSync(`${folder}/ssh_config`, [...blocks, block("*", all)].join("\n"));
  return `${folder}/ssh_config`;
}
