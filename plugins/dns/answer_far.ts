// Answers other hosts for names that routes lead to this host: as its own programs would find them. Refuses all other
// names, since a host must not be asked about what is none of its business.

import type { Egress, HostContext } from "../../core/mod.ts";
import { DNS_SERVICE, TYPE } from "./codes.ts";
import { forwarder } from "./forward.ts";
import { addressFinder } from "./look_up.ts";
import { Pipeline } from "./pipeline.ts";
import { type Decide, nameService } from "./service.ts";
import type { NameSources } from "./sources.ts";
import { withoutOwn } from "./system_servers.ts";
import { isLedTo, refusedReply } from "./zone.ts";

/** The egress of the service `dns`. */
export function namesEgress(context: HostContext, sources: NameSources, name: string): Egress {
  const system = forwarder(context);
  const programs = addressFinder(context, sources);

  const decide: Decide = (query) => {
    const { question } = query;
    if (!isLedTo(context.network(), context.self(), question))
      return refusedReply(
        `"${context.self().name}" resolves the name for nobody: no route leads to it there, or through a proxy`,
      );
    const all = sources.servers();
    const servers = withoutOwn(all, context);
    // Where programs of this host ask this very name server, to ask as they do would go round in circles.
    const isAddress = question.type === TYPE.A || question.type === TYPE.AAAA;
    if (isAddress && servers.length === all.length) return () => programs.find(question);
    return () => system.ask(servers, query, "tcp");
  };

  const service = nameService(decide, context);
  return {
    name,
    claims: (target) => target.kind === "service" && target.name === DNS_SERVICE.name,
    open(stream) {
      stream.accept();
      const line = new Pipeline(service, {
        write: (bytes) => stream.write(bytes),
        resume: () => stream.resume(),
        end: () => stream.end(),
      });
      stream.attach({
        data(chunk) {
          const next = line.push(chunk);
          if (next === "broken") stream.reset("reset", "What was asked is no DNS message");
          return next === "go on";
        },
        end: () => line.end(),
        reset: () => undefined,
        drain: () => line.drained(),
      });
    },
    async stop() {
      programs.stop();
      system.stop();
    },
  };
}
