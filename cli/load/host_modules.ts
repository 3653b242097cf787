// The host part of a manifest's plugin: read as it is sent to hosts, and tried here once, so that what is wrong with it is found
// before any host is started.

import { codeLoader } from "../../agents/code_loader.ts";
import { folderOf, readModule } from "../../agents/host_code.ts";
import { type HostCode, messageOf, NoRouterError, type Plugin, registerHostPart, settlesWithin } from "../../core/mod.ts";

/** A module that takes longer to be run is waiting for something that does not come. Milliseconds. */
const TRY_MS = 10_000;

/** How much is taken of a module for hosts. */
export interface HostCodeOptions {
  /** Bytes; default: the limit `codeBytes` of the table. */
  readonly codeBytes?: number | undefined;
  /** Milliseconds that its code may run; default: {@link TRY_MS}. */
  readonly tryMs?: number;
}

/**
 * What hosts are sent of a plugin, if anything; `address` is that of the plugin's own module.
 * @throws NoRouterError `plugin-invalid`, naming the specifier
 */
export async function hostCodeOf(
  specifier: string,
  { name, host }: Plugin,
  address: string,
  { codeBytes, tryMs = TRY_MS }: HostCodeOptions = {},
): Promise<HostCode | undefined> {
  if (!host) return undefined;
  const who = `Plugin '${specifier}'`;
  if (!("module" in host))
    throw new NoRouterError(
      "plugin-invalid",
      `${who} has 'host.load', which no agent has; 'host.module', the path of one self-contained module, was wanted`,
    );
  const code = await readModule(who, host.module, { folder: folderOf(address), most: codeBytes });
  try {
    const loaded = Promise.resolve(codeLoader().load(code));
    if (!(await settlesWithin(loaded, tryMs)))
      throw new NoRouterError("plugin-invalid", `Host module has not run to its end within ${tryMs / 1000} s`);
    registerHostPart(name, await loaded);
  } catch (thrown) {
    throw new NoRouterError("plugin-invalid", `${who} cannot be used on hosts: ${messageOf(thrown)}`, { cause: thrown });
  }
  return code;
}
