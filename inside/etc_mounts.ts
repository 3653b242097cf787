// Puts files of /etc in the place of the machine's, in this process's own mounts.

import { access, errorText, mount } from "engine:host";
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { type EtcTexts, SERVICES_OUTSIDE } from "./etc.ts";
import { must } from "./set_up_error.ts";

const BIND = 1 << 12;
const W_OK = 2;

/**
 * Mounts the files: as a layer over `/etc`, which stays when the machine replaces a file of it; or one by one where the layer would hide
 * what is mounted there, and for who may write to `/etc`, which would not get beyond it.
 * @param folder An empty folder of this user's, where what is mounted is kept in memory
 * @throws SetUpError
 */
export function mountEtc(texts: EtcTexts, folder: string, lacks: string[]): void {
  must("a file system for /etc", mount("norouter", folder, "tmpfs", 0, "mode=0755,size=1m"));
  const [upper, work] = [`${folder}/upper`, `${folder}/work`];
  for (const path of [upper, work]) mkdirSync(path);
  for (const [name, text] of Object.entries(texts)) writeFileSync(`${upper}/${name}`, text);
  const isLayer = access("/etc", W_OK) !== 0 && !hasMounts(Object.keys(texts)) && layered(upper, work);
  const places = isLayer ? SERVICES_OUTSIDE : SERVICES_OUTSIDE.filter((place) => !realpath("/etc/resolv.conf").startsWith(place));
  for (const place of places) mount("norouter", place, "tmpfs", 0, "mode=0755,size=4k");
  if (isLayer) return;
  for (const name of Object.keys(texts)) {
    const mounted = mount(`${upper}/${name}`, `/etc/${name}`, "", BIND, "");
    if (mounted < 0) lacks.push(`an /etc/${name} of its own: ${errorText(-mounted)}`);
  }
}

/** Whether something is mounted below `/etc`, which a layer would hide; the files in question, and the name of a container, are no matter. */
function hasMounts(names: readonly string[]): boolean {
  const own = new Set([...names, "hostname"].map((name) => `/etc/${name}`));
  const places = readText("/proc/self/mountinfo")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "");
  return places.some((place) => place.startsWith("/etc/") && !own.has(place));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function layered(upper: string, work: string): boolean {
  const layers = `lowerdir=/etc,upperdir=${upper},workdir=${work}`;
  return [`${layers},userxattr`, layers].some((data) => mount("norouter", "/etc", "overlay", 0, data) === 0);
}

function realpath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
