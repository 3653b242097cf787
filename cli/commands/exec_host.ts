// The host of a program inside: its name and VIP, which nobody else has, and its entry in a network that runs.

import { basename } from "node:path";
import { NoRouterError } from "../../core/mod.ts";
import { RefusedRequest, request } from "../../plugins/api/client.ts";
import type { ExecValues } from "../exec_args.ts";

/** How often a VIP is looked for that another program was quicker to take. */
const TRIES = 50;
/** Ends of addresses that a network of 256 can give away. */
const [FIRST, LAST] = [1, 254];
/** Ends of networks of 256 in 127.0.0.0/8 that are looked at when one is full. */
const NETWORKS = 256;
const FALLBACK_NAME = "program";

/** A host that was added. */
export interface ExecHost {
  readonly name: string;
  readonly vip: string;
}

interface Taken {
  readonly name: string;
  readonly vip: string;
  readonly aliases?: readonly string[];
}

/**
 * Adds a host to a network for as long as its agent, which listens on a socket, is there.
 * @param path The network's API.
 * @throws NoRouterError what the network refuses with
 */
export async function addExecHost(path: string, args: ExecValues, socket: string): Promise<ExecHost> {
  for (let left = TRIES; ; left--) {
    const taken = await takenIn(path);
    const name = args.host ?? freeName(args.program[0] ?? "", taken);
    const vip = freeVip(taken);
    const body = specOf(args, vip, socket);
    try {
      await request(path, { method: "PUT", path: `/v1/hosts/${encodeURIComponent(name)}?guest=true`, body });
      return { name, vip };
    } catch (thrown) {
      const now = thrown instanceof RefusedRequest && left > 0 ? await takenIn(path) : [];
      const isTaken = now.some((one) => one.vip === vip || (args.host === undefined && one.name === name));
      if (!isTaken) throw thrown;
    }
  }
}

function specOf({ publish, outside }: ExecValues, vip: string, socket: string): string {
  const isAuto = publish === "auto";
  const ports = isAuto ? [] : publish.map(({ listen, target }) => `${listen}:127.0.0.1:${target}`);
  const inside = { outside, publish: isAuto ? "auto" : "none" };
  return JSON.stringify({ vip, agentSocket: socket, inside, ports });
}

async function takenIn(path: string): Promise<readonly Taken[]> {
  const { body } = await request(path, { method: "GET", path: "/v1/hosts" });
  return (body as { readonly hosts: readonly Taken[] }).hosts;
}

/** The program's name as a host may have it, with a number where it is taken. */
function freeName(program: string, taken: readonly Taken[]): string {
  const name = basename(program)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 40);
  const wanted = name === "" ? FALLBACK_NAME : name;
  const names = new Set(taken.flatMap(({ name: one, aliases = [] }) => [one, ...aliases]));
  if (!names.has(wanted)) return wanted;
  for (let number = 2; ; number++) if (!names.has(`${wanted}-${number}`)) return `${wanted}-${number}`;
}

/** A free one beside the others, drawn by lot: several programs may begin at the same time. */
function freeVip(taken: readonly Taken[]): string {
  const vips = new Set(taken.map(({ vip }) => vip));
  const [first = "127.0.42.0"] = [...vips].filter((vip) => vip.startsWith("127.")).concat(...vips);
  const [a, b, c = "42"] = first.split(".");
  for (let step = 0; step < NETWORKS; step++) {
    const network = `${a}.${b}.${(Number(c) + step) % NETWORKS}`;
    const free = Array.from({ length: LAST - FIRST + 1 }, (_, at) => `${network}.${FIRST + at}`).filter((vip) => !vips.has(vip));
    const found = free[Math.floor(Math.random() * free.length)];
    if (found !== undefined) return found;
  }
  throw new NoRouterError("command-refused", "The network has no free VIP; set one with a host of the manifest");
}
