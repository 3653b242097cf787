// One machine of `startSshHosts`: namespaces with a file system, a cable to this machine, sshd and a web server. It is told what to
// do in single words, and ends with its guard.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { childrenOf } from "../../../conformance/support/processes.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { pathOf } from "../engines.ts";
import { type Guard, guardedFolder, startGuard } from "./guard.ts";
import { must } from "./real.ts";
import { cloneRootfs, placeProgram } from "./rootfs.ts";

/** A machine's namespaces. */
export interface Machine {
  readonly name: string;
  readonly address: string;
  /** The address of the other end of its cable. */
  readonly near: string;
  readonly root: string;
  /** The first process in its namespaces. */
  readonly pid: number;
  readonly guard: Guard;
  /** Tells it `sshd`, `no-sshd` or `web`. */
  tell(word: string): void;
  /** Connects it or not. */
  setLink(up: boolean): Promise<void>;
  /** Bounds what its cable carries, each way. */
  setRate(mbits: number): Promise<void>;
  /** Bytes of all packets to it so far, with their headers. */
  sentBytes(): number;
}

// sshd re-executes itself and, from OpenSSH 9.8 on, these.
const SESSION_PROGRAMS = ["/usr/lib/openssh/sshd-session", "/usr/lib/openssh/sshd-auth"];
const SETTINGS = ["PidFile=none", "AuthorizedKeysFile=/etc/ssh/keys", "StrictModes=no", "UsePAM=no", "UseDNS=no"];
SETTINGS.push("PasswordAuthentication=no", "KbdInteractiveAuthentication=no", "PermitRootLogin=prohibit-password");
SETTINGS.push("MaxSessions=100", "MaxStartups=100", "PrintMotd=no", "PrintLastLog=no", "Subsystem=sftp internal-sftp");

// $1: root; $2: name; $3: folder of the web page; $4: host key; $5: authorized keys; $6: busybox; the rest: sshd.
// In a file system of its own the files are at fixed places; with this machine's, they are bound over what is there.
const MACHINE = `set -e; root=$1 www=$3 busybox=$6; hostname "$2"; mkdir -p /run/sshd
ip link set lo up
if [ "$root" = / ]; then
  mount -t tmpfs none /etc/ssh; cp "$4" /etc/ssh/hostkey; cp "$5" /etc/ssh/keys
else
  mount -t proc none "$root/proc"; mount -t tmpfs none "$root/dev"; mkdir "$root/dev/pts"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 none "$root/dev/pts"; ln -s pts/ptmx "$root/dev/ptmx"
  for d in null zero random urandom tty; do touch "$root/dev/$d"; mount --bind "/dev/$d" "$root/dev/$d"; done
  cp "$4" "$root/etc/ssh/hostkey"; cp "$5" "$root/etc/ssh/keys"
fi
shift 6; chmod 600 "$root/etc/ssh/hostkey"; chmod 644 "$root/etc/ssh/keys"
while read -r word; do case $word in
  sshd) chroot "$root" "$@" >&2 & sshd=$! ;;
  no-sshd) kill "$sshd"; wait "$sshd" || : ;;
  web) chroot "$root" "$busybox" httpd -p 127.0.0.1:80 -h "$www" ;;
esac; done`;

const GUARD = `dir=$1; shift
unshare --pid --mount --net --uts --fork --kill-child --mount-proc sh -c "$MACHINE" sh "$@"
rm -rf --one-file-system "$dir"`;

let made = 0;

/** An address pair that no other test process uses: the machine's own, and this machine's end of its cable. */
function nextPair(): { readonly far: string; readonly near: string; readonly link: string } {
  const place = process.pid % 4096;
  const block = `10.${200 + (place >> 8)}.${place & 255}`;
  const first = made++ * 4;
  if (first > 251) throw new Error("No more than 63 machines in a test process");
  return { far: `${block}.${first + 2}`, near: `${block}.${first + 1}`, link: `nr${process.pid.toString(36)}n${made}` };
}

async function makeRoot(folder: string, files: "busybox" | "node" | "host"): Promise<string> {
  if (files === "host") return "/";
  const root = `${folder}/root`;
  await cloneRootfs(files, root);
  for (const program of [pathOf("sshd") ?? "sshd", ...SESSION_PROGRAMS.filter((path) => existsSync(path))])
    await placeProgram(program, root, program);
  mkdirSync(`${root}/etc/ssh`, { recursive: true });
  mkdirSync(`${root}/run/sshd`, { recursive: true, mode: 0o755 });
  writeFileSync(`${root}/etc/passwd`, "sshd:*:100:65534::/run/sshd:/bin/false\n", { flag: "a" }); // it drops its rights to this user
  return root;
}

/** Starts a machine without sshd; `keys` is the folder of `authorized_keys`, and gets `hostkey-NAME`. */
export async function startMachine(name: string, files: "busybox" | "node" | "host", keys: string): Promise<Machine> {
  const folder = guardedFolder(`ssh-${name}`);
  const hostkey = `${keys}/hostkey-${name}`;
  await must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", hostkey]);
  const root = await makeRoot(folder, files).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const www = files === "host" ? `${folder}/www` : "/www";
  mkdirSync(`${folder}/www`);
  writeFileSync(`${folder}/www/index.html`, `hello from ${name}\n`);
  if (files !== "host") cpSync(`${folder}/www/index.html`, `${root}/www/index.html`);
  const { far, near, link } = nextPair();
  const sshd = [pathOf("sshd") ?? "sshd", "-D", "-e", "-f", "/dev/null", "-h", "/etc/ssh/hostkey", "-p", "22"];
  sshd.push(...[...SETTINGS, `ListenAddress=${far}`].flatMap((setting) => ["-o", setting]));
  const busybox = files === "host" ? (pathOf("busybox") ?? "busybox") : "/bin/busybox";
  const args = [folder, root, name, www, hostkey, `${keys}/authorized_keys`, busybox, ...sshd];
  const guard = startGuard(GUARD, args, { MACHINE });
  const inside = () => childrenOf(guard.pid).flatMap((p) => childrenOf(p.pid))[0];
  try {
    const first = await waitFor(inside, { what: `machine "${name}" to start` });
    await must(["ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", String(first.pid)]);
    await must(["ip", "addr", "add", `${near}/30`, "dev", link]);
    const enter = ["nsenter", "-t", String(first.pid), "-n", "--", "ip"];
    await must([...enter, "addr", "add", `${far}/30`, "dev", "eth0"]);
    const setLink = async (up: boolean) => {
      await must([...enter, "link", "set", "eth0", up ? "up" : "down"]);
    };
    const setRate = async (mbits: number) => {
      const shape = ["root", "tbf", "rate", `${mbits}mbit`, "burst", "32kbit", "latency", "400ms"];
      await must(["tc", "qdisc", "add", "dev", link, ...shape]);
      await must(["nsenter", "-t", String(first.pid), "-n", "--", "tc", "qdisc", "add", "dev", "eth0", ...shape]);
    };
    const sentBytes = () => Number(readFileSync(`/sys/class/net/${link}/statistics/tx_bytes`, "utf8"));
    await must(["ip", "link", "set", link, "up"]);
    await setLink(true);
    const tell = (word: string) => guard.process.stdin?.write(`${word}\n`);
    tell("web");
    return { name, address: far, near, root, pid: first.pid, guard, tell, setLink, setRate, sentBytes };
  } catch (error) {
    await guard.stop();
    throw error;
  }
}
