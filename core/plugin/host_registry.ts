// Checks the host part of a plugin, sets it up and keeps what it registers.

import { NoRouterError } from "../errors.ts";
import { whatIs } from "../text.ts";
import { runSetUp } from "./checks.ts";
import type { Egress } from "./egress.ts";
import type { FrontEnd } from "./front_end.ts";
import type { HostContext } from "./host_context.ts";
import { type HostPart, PLUGIN_API } from "./plugin.ts";

/** What a host part registered, in order. */
export interface HostRegistry {
  readonly frontEnds: readonly ((host: HostContext) => FrontEnd)[];
  readonly egresses: readonly ((host: HostContext) => Egress)[];
}

/**
 * Sets a host part up; its shape and contract version are checked before any code of it runs.
 * @throws NoRouterError `plugin-invalid`, naming the plugin
 */
export function registerHostPart(name: string, candidate: unknown): HostRegistry {
  const part = checked(name, candidate);
  const frontEnds: HostRegistry["frontEnds"][number][] = [];
  const egresses: HostRegistry["egresses"][number][] = [];
  let open = true;
  const add = <T>(what: string, list: T[]) => {
    return (make: T) => {
      if (!open) invalid(name, "registers after its set-up ended");
      if (typeof make !== "function") invalid(name, `registers ${what} that is no function; one that makes it was wanted`);
      list.push(make);
    };
  };
  try {
    runSetUp(
      () => part.setup({ frontEnd: add("a front-end", frontEnds), egress: add("an egress", egresses) }),
      (what) => invalid(name, what),
    );
  } finally {
    open = false;
  }
  return { frontEnds, egresses };
}

function checked(name: string, candidate: unknown): HostPart {
  const part = candidate as Partial<HostPart> | null;
  if (typeof part !== "object" || part === null) return invalid(name, `is ${whatIs(candidate)}; an object was wanted`);
  if (part.name !== name) return invalid(name, `has the name ${JSON.stringify(part.name)}; its plugin's was wanted`);
  if (part.api !== PLUGIN_API) return invalid(name, `was written for contract ${String(part.api)}; ${PLUGIN_API} was wanted`);
  if (typeof part.setup !== "function") return invalid(name, "has no 'setup' function");
  return part as HostPart;
}

function invalid(name: string, what: string): never {
  throw new NoRouterError("plugin-invalid", `Host part of plugin "${name}" ${what}`);
}
