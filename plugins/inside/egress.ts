// Where streams reach a program inside: published ports lead to addresses of the program's own network. Must not dial what its host
// does not publish.

import { type Egress, type HostContext, isLocalHost, type Stream, showPlace, type TcpPlace } from "../../core/mod.ts";
import { heldStream } from "../support/held_stream.ts";
import { dialErrorCode } from "../support/net_errors.ts";
import { splice } from "../support/splice.ts";
import type { Doorway } from "./doorway.ts";

/** The egress of a program inside. */
export function insideEgress(context: HostContext, doorway: Doorway): Egress {
  /** Where a published port leads within the program's network; undefined for what is not published, or elsewhere. */
  function placeWithin(port: number): TcpPlace | undefined {
    const { ports, vip } = context.self();
    const target = ports.find(({ listen, protocol }) => listen === port && protocol === "tcp")?.target;
    if (!target || "path" in target) return undefined;
    if (target.host === "localhost") return { ...target, host: "127.0.0.1" };
    return isLocalHost(target.host) || target.host === vip ? target : undefined;
  }

  async function dial(stream: Stream, place: TcpPlace): Promise<void> {
    let isGone = false;
    const held = heldStream(stream, () => {
      isGone = true;
    });
    try {
      const socket = await doorway.connect(place.host, place.port);
      if (isGone) return void socket.destroy();
      stream.accept();
      splice(socket, held);
    } catch (thrown) {
      const code = dialErrorCode(thrown);
      stream.reset(code, `Target ${showPlace(place)} ${code === "refused" ? "refused the connection" : "cannot be reached"}`);
    }
  }

  return {
    name: "inside",
    claims: ({ kind, protocol, port }) => kind === "published" && protocol === undefined && placeWithin(port) !== undefined,
    open(stream) {
      const place = placeWithin(stream.identity.target.port);
      if (place) void dial(stream, place);
      else stream.reset("not-published");
    },
    stop: async () => undefined,
  };
}
