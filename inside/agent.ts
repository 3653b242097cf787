// The agent of a program inside: it stays outside, on the machine's own network, with sockets of the program's.

import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { type Carrier, DEFAULT_LIMITS, type InsidePlan, NoRouterError } from "../core/mod.ts";
import { stdioCarrier } from "../transports/stdio/mod.ts";
import { type OpenDoorway, openDoorway } from "./agent_doorway.ts";
import { Channel } from "./channel.ts";
import { FILES } from "./files.ts";
import { endOthers } from "./leftovers.ts";
import { PASSED, type ToAgent, type ToFront } from "./messages.ts";

/** The descriptor of the socket to the front. */
const FRONT = 3;

/** What an agent of a program inside has of its front. */
export interface FromFront {
  readonly doorway: OpenDoorway;
  readonly dnsUdp: number;
  readonly dnsTcp: number;
  /** Tells the front that the agent leaves. */
  over(message: string, isOrderly: boolean): void;
}

/** Resolves when the front has set up the program's network. @param left The front is gone, and nothing of the program is left. */
export function fromFront({ vip }: InsidePlan, left: () => void): Promise<FromFront> {
  return new Promise((resolve) => {
    let doorway: OpenDoorway | undefined;
    let namespace: string | undefined;
    const ended = () => void (namespace === undefined ? Promise.resolve() : endOthers(namespace)).then(left);
    const channel = new Channel<ToAgent, ToFront>(FRONT, received, ended);
    function received(message: ToAgent, descriptors: readonly number[]): void {
      if (message.type === "sockets") return void doorway?.take(message.family, descriptors);
      namespace = message.namespace;
      const of = (name: (typeof PASSED)[number]) => descriptors[PASSED.indexOf(name)] ?? -1;
      const queue = message.holds ? descriptors[PASSED.length] : undefined;
      const front = {
        want: (family: 4 | 6, count: number) => channel.send({ type: "want", family, count }),
        ready: () => channel.send({ type: "ready" }),
      };
      const made = { tcp4: of("tcp4"), tcp6: of("tcp6"), rules: of("rules"), sockets: of("sockets"), queue };
      doorway = openDoorway(vip, made, front);
      const over = (message: string, isOrderly: boolean) => channel.send({ type: "over", message, isOrderly });
      resolve({ doorway, dnsUdp: of("dnsUdp"), dnsTcp: of("dnsTcp"), over });
    }
  });
}

/**
 * The way to the manager that a plan says; resolves when the manager has come.
 * @throws NoRouterError `timed-out` when it does not come within `helloMs`
 */
export function uplinkOf({ link }: InsidePlan, folder: string): Promise<Carrier> {
  if (link === "stdio") return Promise.resolve(stdioCarrier());
  const path = `${folder}/${FILES.socket}`;
  return new Promise((resolve, reject) => {
    const late = () => {
      server.close();
      reject(new NoRouterError("timed-out", "The network's manager did not come for the program's host"));
    };
    const timer = setTimeout(late, DEFAULT_LIMITS.helloMs);
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      clearTimeout(timer);
      server.close();
      rmSync(path, { force: true });
      socket.on("error", () => undefined);
      resolve(stdioCarrier(DEFAULT_LIMITS, { input: socket, output: socket }));
    });
    server.on("error", reject).listen(path);
  });
}
