// Files of /etc that are different inside, and places where services of the machine would answer for the network.

/** Texts of files of `/etc`, by their names. */
export type EtcTexts = Readonly<Record<string, string>>;

/** Folders of services that answer questions for names over Unix sockets, which no network namespace keeps out. */
export const SERVICES_OUTSIDE: readonly string[] = ["/run/nscd", "/var/run/nscd", "/run/systemd/resolve", "/run/avahi-daemon"];

/** Who the program's host is. */
export interface HostNames {
  /** The host's name in the network. */
  readonly name: string;
  readonly vip: string;
  /** Of the machine. */
  readonly hostname: string;
}

const LOCALHOST = ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback"];
/** The sources of names: files and the name server, nothing that asks a service of the machine. */
const HOSTS_LINE = "hosts: files dns";

/**
 * The files inside.
 * @param nsswitch The machine's own nsswitch.conf, of which all but the line for hosts is kept; undefined where it has none
 */
export function etcTexts({ name, vip, hostname }: HostNames, nsswitch: string | undefined): EtcTexts {
  const names = [...new Set([name, hostname])].join(" ");
  const others = (nsswitch ?? "").split("\n").filter((line) => line.trim() !== "" && !/^\s*hosts\s*:/.test(line));
  return {
    "resolv.conf": "nameserver 127.0.0.1\noptions ndots:1\n",
    hosts: `${[...LOCALHOST, `${vip} ${names}`].join("\n")}\n`,
    "nsswitch.conf": `${[...others, HOSTS_LINE].join("\n")}\n`,
  };
}
