// The host part of a manifest's plugin: read as it is sent to hosts, and tried here once, so that what is wrong with it is found
// before any host is started.

import { codeLoader } from "../../agents/code_loader.ts";
import { folderOf, readModule } from "../../agents/host_code.ts";
import { type HostCode, messageOf, NoRouterError, type Plugin, registerHostPart } from "../../core/mod.ts";

/**
 * What hosts are sent of a plugin, if anything; `address` is that of the plugin's own module.
 * @throws NoRouterError `plugin-invalid`, naming the specifier
 */
export async function hostCodeOf(specifier: string, { name, host }: Plugin, address: string): Promise<HostCode | undefined> {
  if (!host) return undefined;
  const who = `Plugin '${specifier}'`;
  if (!("module" in host))
    throw new NoRouterError(
      "plugin-invalid",
      `${who} has 'host.load', which no agent has; 'host.module', the path of one self-contained module, was wanted`,
    );
  const code = await readModule(who, host.module, folderOf(address));
  try {
    registerHostPart(name, await codeLoader().load(code));
  } catch (thrown) {
    throw new NoRouterError("plugin-invalid", `${who} cannot be used on hosts: ${messageOf(thrown)}`, { cause: thrown });
  }
  return code;
}
