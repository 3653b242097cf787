// Root file systems for containers and ssh hosts, made of programs of this machine: there is no registry to pull from.
// A folder is built once in a test process and must not be written to: its clones share files with it.
import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runToEnd } from "../child.ts";
import { PROJECT } from "../cli.ts";
import { pathOf } from "../engines.ts";
import { keptFolder } from "./guard.ts";
import { must, oncePer } from "./real.ts";

/**
 * `busybox`: a shell and its tools, nothing else, as in Alpine. `node`: that and Node 24. `debian`: what Debian's small images have, and
 * only on a machine with Debian's packages. `bare`: a web server and not even a shell. `one`: a single static program, `/server`, and no
 * other file.
 */
export type RootfsKind = "busybox" | "node" | "debian" | "bare" | "one";

/** The unprivileged user that every root file system knows. */
export const USER = { name: "user", uid: 1000 } as const;

/** Packages whose programs the images `debian:*-slim` have. */
const DEBIAN = [
  "bash",
  "coreutils",
  "dash",
  "debianutils",
  "findutils",
  "grep",
  "gzip",
  "hostname",
  "libc-bin",
  "sed",
  "tar",
  "util-linux",
];

const ONE_PROGRAM = `${PROJECT}/tests/support/real/one_program.c`;
const FOLDERS = ["bin", "sbin", "usr/bin", "usr/sbin", "etc", "proc", "sys", "dev", "tmp", "run", "root", "home/user", "www"];
const PASSWD = `root:*:0:0::/root:/bin/sh\n${USER.name}:*:${USER.uid}:${USER.uid}::/home/user:/bin/sh\n`;
const GROUP = `root:x:0:\n${USER.name}:x:${USER.uid}:\n`;
// What LXD runs as a container's first process reads this; a container of docker has its web server there instead.
const INITTAB = "::sysinit:/bin/ip link set lo up\n::sysinit:/bin/page\n::respawn:/bin/httpd -f -p 80 -h /www\n";
const PAGE = '#!/bin/sh\necho "hello from $(hostname)" >/www/index.html\n';

/** Copies a file of this machine to where there is none yet. Never a link: a host may write to its files. */
export function place(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  if (!existsSync(target)) copyFileSync(realpathSync(source), target);
}

/** Puts a program into a root file system, with the loader and libraries it needs at the same paths. */
export async function placeProgram(source: string, folder: string, path: string): Promise<void> {
  place(source, join(folder, path));
  placeLibraries(await must(["ldd", source]), folder);
}

/** Puts the loader and the libraries that `ldd` names into a root file system. */
function placeLibraries(needed: string, folder: string): void {
  for (const [, library] of needed.matchAll(/(\/\S+) \(0x/g)) if (library !== undefined) place(library, join(folder, library));
}

/** Puts all programs of Debian's packages into a root file system, with their loader and libraries. */
async function placeDebian(folder: string): Promise<void> {
  const files = (await must(["dpkg", "-L", ...DEBIAN])).split("\n").filter((path) => /^\/(?:usr\/)?s?bin\/./.test(path));
  await must(["cp", "-a", "--parents", "-t", folder, ...files]);
  const { stdout } = await runToEnd(["ldd", ...files.map((file) => realpathSync(file))]); // fails for scripts, and goes on
  placeLibraries(stdout, folder);
}

function isStatic(file: string): boolean {
  return !readFileSync(file).subarray(0, 4096).includes("ld-linux"); // the interpreter stands in the first page (elf(5))
}

/** busybox of `busybox-static`; the one of the package `busybox` would need libraries. */
function busybox(): string {
  const path = pathOf("busybox");
  if (path === undefined || !isStatic(path)) throw new Error("No static busybox; install it: apt-get install busybox-static");
  return path;
}

async function build(kind: RootfsKind): Promise<string> {
  const folder = keptFolder(`rootfs-${kind}`).path;
  if (kind === "one") {
    await must(["gcc", "-static", "-Os", "-s", "-Wall", "-Wextra", "-Werror", "-o", join(folder, "server"), ONE_PROGRAM]);
    return folder;
  }
  for (const name of FOLDERS) mkdirSync(join(folder, name), { recursive: true });
  await must(["chmod", "1777", join(folder, "tmp")]);
  await must(["chown", `${USER.uid}:${USER.uid}`, join(folder, "home/user")]);
  const files = { passwd: PASSWD, group: GROUP, inittab: INITTAB, hosts: "127.0.0.1 localhost\n::1 localhost\n" };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, "etc", name), text);
  writeFileSync(join(folder, "www/index.html"), "hello\n");
  place(busybox(), join(folder, kind === "bare" ? "bin/httpd" : "bin/busybox"));
  if (kind === "bare") {
    // busybox acts as what it is called
    for (const name of ["sbin/init", "bin/ip"]) place(busybox(), join(folder, name));
    return folder;
  }
  if (kind === "debian") {
    place(busybox(), join(folder, "bin/httpd"));
    await placeDebian(folder);
    return folder;
  }
  writeFileSync(join(folder, "bin/page"), PAGE, { mode: 0o755 });
  symlinkSync("/bin/busybox", join(folder, "sbin/init"));
  const applets = (await must([busybox(), "--list"])).split("\n").filter((name) => name !== "" && name !== "busybox");
  for (const name of applets) symlinkSync("/bin/busybox", join(folder, "bin", name));
  if (kind === "node") await placeProgram(`${PROJECT}/node_modules/node24/bin/node`, folder, "usr/bin/node");
  return folder;
}

/** The folder of a root file system, built at the first call. It is gone when the test process ends. */
export const rootfs: (kind: RootfsKind) => Promise<string> = oncePer(build);

/** Makes a root file system of its own: programs are shared by hard links, all that a host may write is copied. */
export async function cloneRootfs(kind: RootfsKind, target: string): Promise<void> {
  const source = await rootfs(kind);
  const script = `cd "$1" && for f in *; do case $f in etc|www|root|home|tmp|run) cp -a "$f" "$2";; *) cp -al "$f" "$2";; esac; done`;
  mkdirSync(target, { recursive: true, mode: 0o755 });
  await must(["sh", "-c", script, "sh", source, target]);
}
