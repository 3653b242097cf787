// The services of a manifest: their hosts, the ports that all of these publish, and how they are checked.

import type { HealthCheck } from "../../service/service.ts";
import type { Found } from "../keys/kinds.ts";
import type { Named } from "../keys/records.ts";
import { HEALTH_DEFAULTS, type HealthRead, type ServiceRead } from "../keys/services.ts";
import type { Findings } from "../text/findings.ts";
import { didYouMean } from "../text/near.ts";
import { quoted } from "../text/visible.ts";
import type { HostSpec, ServiceSpec } from "../types.ts";

/** The services; right only when no error was noted. */
export function resolveServices(
  services: readonly Named<ServiceRead>[],
  hosts: readonly HostSpec[],
  findings: Findings,
): ServiceSpec[] {
  const known = new Map(hosts.flatMap((host) => [[host.name.toLowerCase(), host] as const, [host.vip, host] as const]));
  return services.map(({ name, item = {} }) => {
    const members = membersOf(item, known, findings);
    const ports = portsOf(name, item, members, findings);
    return {
      name: name.value,
      vip: item.vip?.value ?? "",
      hosts: members.map((member) => member.name),
      policy: item.policy?.value ?? "round-robin",
      ports,
      aliases: (item.aliases?.value ?? []).map(({ value }) => value),
      sticky: item.sticky?.value ?? false,
      max: item.max?.value,
      health: item.health && healthOf(item.health, ports, members, findings),
    };
  });
}

function membersOf({ hosts }: ServiceRead, known: ReadonlyMap<string, HostSpec>, findings: Findings): HostSpec[] {
  const found = new Set<HostSpec>();
  for (const { value, span } of hosts?.value ?? []) {
    const host = known.get(value.toLowerCase());
    if (!host) {
      const hint = () => didYouMean(value, known.keys());
      findings.error(span, `'hosts' has ${quoted(value)}, the name or VIP of a host was wanted`, hint);
    } else if (found.has(host)) findings.error(span, `Host ${quoted(host.name)} is in the service twice`);
    else found.add(host);
  }
  return [...found];
}

function publishes({ ports }: HostSpec, port: number): boolean {
  return ports.some(({ listen, protocol }) => listen === port && protocol === "tcp");
}

function portsOf(name: Found<string>, item: ServiceRead, members: readonly HostSpec[], findings: Findings): number[] {
  if (!item.ports) {
    const [first, ...others] = members;
    const shared = (first?.ports ?? []).map(({ listen }) => listen).filter((port) => others.every((one) => publishes(one, port)));
    if (first && shared.length === 0) {
      const message = `Service ${quoted(name.value)} has no port: there is none that all its hosts publish`;
      findings.error(
        item.hosts?.span ?? name.span,
        message,
        "Publish one port on all of them, such as by 'ports' of 'hostTemplate'",
      );
    }
    return shared;
  }
  const taken = new Set<number>();
  for (const { value, span } of item.ports.value) {
    if (taken.has(value)) findings.error(span, `Port ${value} of service ${quoted(name.value)} is there twice`);
    taken.add(value);
    const lacking = members.filter((member) => !publishes(member, value)).map((member) => quoted(member.name));
    if (lacking.length > 0)
      findings.error(
        span,
        `Port ${value} is not published by ${lacking.join(", ")}`,
        `Add '${value}:127.0.0.1:...' to its 'ports'`,
      );
  }
  return [...taken];
}

function healthOf(
  { value, span }: Found<HealthRead>,
  ports: readonly number[],
  members: readonly HostSpec[],
  findings: Findings,
): HealthCheck {
  const { path, command, port, every, timeout, rise, fall } = value;
  if (path && command) findings.error(command.span, "'health' has both 'path' and 'command', one was wanted");
  if (port && command) findings.error(port.span, "'health.port' is for checks by TCP and HTTP, but there is a 'command'");
  const lacking = port ? members.filter((member) => !publishes(member, port.value)).map(({ name }) => quoted(name)) : [];
  if (lacking.length > 0) findings.error(port?.span ?? span, `Port ${port?.value} is not published by ${lacking.join(", ")}`);
  return {
    port: port?.value ?? ports[0] ?? 0,
    ...(path ? { path: path.value } : {}),
    ...(command ? { command: command.value } : {}),
    everyMs: every?.value ?? HEALTH_DEFAULTS.everyMs,
    timeoutMs: timeout?.value ?? HEALTH_DEFAULTS.timeoutMs,
    rise: rise?.value ?? HEALTH_DEFAULTS.rise,
    fall: fall?.value ?? HEALTH_DEFAULTS.fall,
  };
}
