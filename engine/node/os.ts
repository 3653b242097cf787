// node:os.

import * as host from "engine:host";
import { ERRNO_NAMES } from "./errno_names.ts";
import { coded, systemError } from "./errors.ts";
import { readTextFile } from "./files/contents.ts";
import { SIGNALS } from "./system/signals.ts";

/** The end of a line. */
export const EOL = "\n";
/** The device that forgets. */
export const devNull = "/dev/null";

/** Numbers of signals and of errors by their names. */
export const constants = {
  signals: SIGNALS,
  get errno(): Record<string, number> {
    return Object.fromEntries(Object.entries(ERRNO_NAMES).map(([number, name]) => [name, Number(number)]));
  },
};

/** A user, as the list of users has it. */
export interface UserInfo {
  uid: number;
  gid: number;
  username: string;
  homedir: string;
  shell: string | null;
}

/** The entry of this process's user (passwd(5)). */
function ownEntry(): UserInfo | undefined {
  const uid = String(host.getuid());
  const lines = (readTextFile("/etc/passwd") ?? "").split("\n").map((line) => line.split(":"));
  const entry = lines.find((fields) => fields[2] === uid);
  if (entry === undefined) return undefined;
  const [username = "", , , gid, , homedir = "", shell = ""] = entry;
  return { uid: Number(uid), gid: Number(gid), username, homedir, shell };
}

function noEntry(call: string): Error {
  const message = `A system error occurred: ${call} returned ENOENT (no such file or directory)`;
  const info = { errno: -2, code: "ENOENT", message: "no such file or directory", syscall: call };
  return Object.assign(coded("ERR_SYSTEM_ERROR", message), { name: "SystemError", info, errno: -2, syscall: call });
}

/** `HOME`, or what the list of users says. @throws CodedError `ERR_SYSTEM_ERROR` where neither names one */
export function homedir(): string {
  const home = process.env.HOME ?? ownEntry()?.homedir;
  if (home === undefined) throw noEntry("uv_os_homedir");
  return home;
}

/** The user of this process. @throws CodedError `ERR_SYSTEM_ERROR` for one that is not in the list of users */
export function userInfo(): UserInfo {
  const entry = ownEntry();
  if (entry === undefined) throw noEntry("uv_os_get_passwd");
  return entry;
}

/** The folder for files that may go at any time. */
export function tmpdir(): string {
  const { TMPDIR, TMP, TEMP } = process.env;
  const path = TMPDIR || TMP || TEMP || "/tmp";
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

/** An address of a network interface. */
export interface NetworkInterfaceInfo {
  address: string;
  netmask: string;
  family: "IPv4" | "IPv6";
  mac: string;
  internal: boolean;
  cidr: string | null;
  scopeid?: number;
}

/** Addresses of the interfaces that are up, by the interfaces' names. */
export function networkInterfaces(): Record<string, NetworkInterfaceInfo[]> {
  const all: Record<string, NetworkInterfaceInfo[]> = {};
  const found = host.networkInterfaces();
  if (typeof found === "number") throw systemError(found, "uv_interface_addresses");
  for (const [name, address, family, netmask, internal, mac, scopeid] of found) {
    const cidr = `${address}/${prefixLength(netmask)}`;
    const info: NetworkInterfaceInfo = { address, netmask, family: `IPv${family}`, mac, internal, cidr };
    all[name] ??= [];
    all[name].push(family === 6 ? { ...info, scopeid } : info);
  }
  return all;
}

/** The length of the prefix that a netmask leaves. */
function prefixLength(netmask: string): number {
  const groups = netmask.includes(":")
    ? netmask.split(":").map((one) => Number.parseInt(one || "0", 16))
    : netmask.split(".").map(Number);
  const bits = groups.map((group) => group.toString(2).replaceAll("0", "").length);
  return bits.reduce((sum, one) => sum + one, 0);
}

/** The name of this machine. */
export function hostname(): string {
  return host.hostname();
}

/** The system as Node names it. */
export function platform(): "linux" {
  return "linux";
}

/** The system as uname(2) names it. */
export function type(): "Linux" {
  return "Linux";
}

/** The processor as Node names it. */
export function arch(): string {
  return host.arch;
}

/** The processor's name as uname(2) has it. */
export function machine(): string {
  return host.arch === "arm64" ? "aarch64" : "x86_64";
}

/** The order of bytes. */
export function endianness(): "LE" {
  return "LE";
}

/** The kernel's release; empty where there is no /proc. */
export function release(): string {
  return readTextFile("/proc/sys/kernel/osrelease")?.trim() ?? "";
}

/** The kernel's build; empty where there is no /proc. */
export function version(): string {
  return readTextFile("/proc/sys/kernel/version")?.trim() ?? "";
}

/** Seconds since the machine was started; 0 where there is no /proc. */
export function uptime(): number {
  return Number(readTextFile("/proc/uptime")?.split(" ")[0] ?? 0);
}

/** Load of the last 1, 5 and 15 minutes. */
export function loadavg(): number[] {
  return (readTextFile("/proc/loadavg") ?? "0 0 0").split(" ").slice(0, 3).map(Number);
}

function memory(name: string): number {
  const found = new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(readTextFile("/proc/meminfo") ?? "");
  return Number(found?.[1] ?? 0) * 1024;
}

/** Bytes of the machine's memory; 0 where there is no /proc. */
export function totalmem(): number {
  return memory("MemTotal");
}

/** Bytes of memory that programs can have; 0 where there is no /proc. */
export function freemem(): number {
  return memory("MemAvailable");
}

/** Processors that this process may use. */
export function availableParallelism(): number {
  const list = /^Cpus_allowed:\s*([0-9a-f,]+)$/m.exec(readTextFile("/proc/self/status") ?? "")?.[1] ?? "1";
  const bits = [...list.replaceAll(",", "")].map((digit) => Number.parseInt(digit, 16).toString(2).replaceAll("0", "").length);
  return Math.max(
    1,
    bits.reduce((sum, one) => sum + one, 0),
  );
}

export default {
  arch,
  availableParallelism,
  constants,
  devNull,
  endianness,
  EOL,
  freemem,
  homedir,
  hostname,
  loadavg,
  machine,
  networkInterfaces,
  platform,
  release,
  tmpdir,
  totalmem,
  type,
  uptime,
  userInfo,
  version,
};
