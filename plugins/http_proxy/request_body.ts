// The body of a request as a `node:stream` Readable that takes from the client what its reader asks for.

import { Readable } from "node:stream";
import { asNoRouterError } from "../../core/mod.ts";
import { bodyReader } from "./body.ts";
import type { ClientInput } from "./client_input.ts";
import type { Framing } from "./framing.ts";
import type { Header } from "./head.ts";
import { badRequest } from "./refusal.ts";

/** A body on its way from the client. */
export interface RequestBody {
  readonly readable: Readable;
  /** Whether its end was read. */
  readonly complete: boolean;
  readonly trailers: readonly Header[];
}

/** The body that comes next from a client; `moved` is called with each piece. What is wrong with it destroys the readable. */
export function requestBody(input: ClientInput, framing: Framing, moved: () => void): RequestBody {
  const reader = bodyReader(framing);

  /** Takes until there is something to hand over. */
  async function pull(): Promise<void> {
    let given = reader.done;
    let wanted = true;
    while (!given) {
      const chunk = await input.read();
      if (readable.destroyed) return;
      if (typeof chunk === "string") throw badRequest("The connection ended within the body of the request");
      moved();
      const rest = reader.push(chunk, (data) => {
        given = true;
        wanted = readable.push(data);
      });
      input.unread(rest);
      given ||= reader.done;
    }
    if (reader.done) readable.push(null);
    else if (!wanted) input.readAhead();
  }

  const readable = new Readable({
    read() {
      pull().catch((thrown: unknown) => readable.destroy(asNoRouterError(thrown)));
    },
  });
  return {
    readable,
    get complete() {
      return reader.done;
    },
    trailers: reader.trailers,
  };
}
