// The fields of docker and podman for entering a container's network instead of the container, and what does not fit beside them.

import type { HostSettings } from "../../../core/mod.ts";
import type { Entering } from "../entering.ts";
import type { MadeSettings } from "../starters/made.ts";
import type { WrongField } from "../starters/shell_starter.ts";
import type { Tool } from "../tool.ts";
import type { ContainerTool } from "./container_tool.ts";
import { byNsenter } from "./nsenter.ts";

/** Of a key's table of fields. */
export const ENTER_FIELDS = {
  enter: {
    type: "choice",
    choices: ["network"],
    description:
      "'network': the agent runs in a container beside this one and shares its network. Nothing is written to this one or started in it.",
  },
  nsenter: {
    type: "flag",
    description:
      "With 'enter', true: the agent runs on this machine, and 'nsenter' brings it into the network; no container is added.",
  },
} as const;

/** What these fields hold, and who the agent is to run as. */
export interface EnterSettings {
  readonly enter?: "network" | undefined;
  readonly nsenter?: boolean | undefined;
  readonly user?: string | undefined;
}

/** How the network is entered, if it is. */
export function enteringOf(
  { enter, nsenter }: EnterSettings,
  where: (tool: Tool) => Pick<ContainerTool, "tool" | "container">,
): Entering | undefined {
  if (enter === undefined) return undefined;
  return nsenter ? byNsenter(where) : { way: "beside" };
}

/** The way to a container that is there, or that is made of an image, as people read it. */
export function describeWay(tool: string, { container, image, enter, nsenter }: EnterSettings & MadeSettings): string {
  const name = container ?? image;
  if (enter === undefined) return image === undefined ? `${tool} exec -i ${name}` : `${tool} run ${name}`;
  return nsenter ? `nsenter --net (${name})` : `${tool} run --network container:${container ?? `(${image})`}`;
}

/** What does not fit; `away` are fields that lead to an engine on another machine. */
export function checkEnter<S extends EnterSettings>(
  settings: S,
  { agent, agentDir }: HostSettings,
  away: readonly (keyof S & string)[],
): readonly WrongField[] {
  const { enter, nsenter, user } = settings;
  const found: WrongField[] = [];
  if (!nsenter) {
    if (enter !== undefined && (agent === "runtime" || agent === "bun"))
      found.push({
        field: "enter",
        message: `stands beside 'agent: ${agent}', but only the engine runs beside a container`,
        hint: "Leave out 'agent', or set it to 'engine'",
      });
    if (enter !== undefined && agentDir !== undefined)
      found.push({
        severity: "warning",
        field: "enter",
        message: "stands beside 'agentDir', which has no effect: the agent is kept in an image of its own",
      });
    return found;
  }
  if (enter === undefined)
    found.push({ field: "nsenter", message: "stands without 'enter'", hint: "Add 'enter: network', or leave out 'nsenter'" });
  if (user !== undefined)
    found.push({ field: "user", message: "stands beside 'nsenter', with which the agent runs as the user of norouter" });
  const far = away.find((name) => settings[name] !== undefined);
  if (far !== undefined)
    found.push({
      field: "nsenter",
      message: `stands beside '${far}', but 'nsenter' reaches containers of this machine only`,
      hint: `Leave out '${far}' or 'nsenter'`,
    });
  return found;
}
