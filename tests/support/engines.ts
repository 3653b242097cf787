// Which real programs this machine has, and what a test does without them: skip with a reason, but fail under CI.
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

/** The Debian package a tool is in, where the two differ in name. `tests/support/debian-packages.txt` lists them all. */
const PACKAGE: Readonly<Record<string, string>> = {
  sshd: "openssh-server",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  nc: "netcat-openbsd",
  ip: "iproute2",
  nsenter: "util-linux",
  unshare: "util-linux",
  setpriv: "util-linux",
  script: "bsdutils",
  busybox: "busybox-static",
  docker: "docker.io",
  dockerd: "docker.io",
  kubectl: "kubectl", // of pkgs.k8s.io, version 1.31 or later; Debian's kubernetes-client is older
  lxc: "lxd-client",
  newuidmap: "uidmap",
  dig: "bind9-dnsutils",
  delv: "bind9-dnsutils",
  "git-shell": "git",
  nologin: "login",
  kdig: "knot-dnsutils",
  dnsmasq: "dnsmasq-base",
  danted: "dante-server",
  systemctl: "systemd",
  "systemd-analyze": "systemd",
  nohup: "coreutils",
  rbash: "bash",
  setsid: "util-linux",
  php: "php-cli",
  nghttpx: "nghttp2-proxy",
  "lwp-request": "libwww-perl",
  prlimit: "util-linux",
  xz: "xz-utils",
  nft: "nftables",
  apache2: "apache2-bin",
  "redis-cli": "redis-server",
  go: "golang-go",
  java: "default-jdk-headless",
  psql: "postgresql",
  pg_ctlcluster: "postgresql",
  mariadb: "mariadb-client-core",
  mariadbd: "mariadb-server-core",
  "mariadb-install-db": "mariadb-server-core",
  "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu",
  "qemu-aarch64-static": "qemu-user-static",
};

const USERNS = "userns";
const ROOT = "root";
const GLIBC = "glibc";
/** Why it is missing, where that is not a program to install. */
const REASON: Readonly<Record<string, string>> = {
  [USERNS]: "user namespaces are not allowed here",
  [ROOT]: "this needs root",
  [GLIBC]: "this needs a system with glibc",
};
let usernsWorks: boolean | undefined;

/** The path of a program, also outside an ordinary user's PATH (`/usr/sbin`), or undefined. */
export function pathOf(tool: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).concat("/usr/local/sbin", "/usr/sbin", "/sbin");
  return folders
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, tool))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Whether a program is installed; `userns` asks whether user, network and mount namespaces can be made, `root` for uid 0, `glibc` for its library. */
export function has(tool: string): boolean {
  if (tool === ROOT) return process.getuid?.() === 0;
  if (tool === GLIBC) return spawnSync("getconf", ["GNU_LIBC_VERSION"]).status === 0;
  if (tool !== USERNS) return pathOf(tool) !== undefined;
  usernsWorks ??= spawnSync("unshare", ["-Urnm", "--", pathOf("ip") ?? "ip", "link", "set", "lo", "up"]).status === 0;
  return usernsWorks;
}

function howToInstall(tool: string): string {
  if (tool === USERNS) return "allow it: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 user.max_user_namespaces=10000";
  if (tool === ROOT) return "run the tests as root: sudo -E";
  if (tool === GLIBC) return "run the tests on such a system: Debian, Fedora and most others";
  return `install it: apt-get install ${PACKAGE[tool] ?? tool}`;
}

/**
 * For `test(name, { skip: needs("nginx") }, ...)`: false when all are there, else the reason to skip. Under `CI=true` a missing
 * tool throws instead, so that a pipeline cannot go green by testing nothing.
 */
export function needs(...tools: string[]): string | false {
  const missing = tools.find((tool) => !has(tool));
  if (missing === undefined) return false;
  const reason = REASON[missing] ?? `${missing} is not installed`;
  if (process.env.CI === "true") throw new Error(`${reason}; ${howToInstall(missing)}`);
  return reason;
}
