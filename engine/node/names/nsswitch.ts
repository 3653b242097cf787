// How hosts are looked for (nsswitch.conf(5)), and what getent(1) says of them. Pure.

/** Whether hosts are looked for in more than files and name servers. @param conf the text of /etc/nsswitch.conf */
export function namesMore(conf: string): boolean {
  const line = /^[ \t]*hosts[ \t]*:(.*)$/m.exec(conf.replace(/#.*$/gm, ""))?.[1] ?? "";
  const sources = line.replace(/\[[^\]]*\]/g, " ").split(/\s+/);
  return sources.some((source) => source !== "" && source !== "files" && source !== "dns");
}

/** Addresses of what `getent ahosts` prints: a line for each type of socket, with address, type, and once the name. */
export function addressesOf(output: string): string[] {
  const addresses = output.split("\n").flatMap((line) => /^([0-9a-fA-F:.]+(?:%\S+)?)\s+[A-Z]/.exec(line)?.[1] ?? []);
  return [...new Set(addresses)];
}
