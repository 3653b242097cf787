// Tries whether a program could have a network here, in this process, which is of no more use afterwards.

import { errorText } from "engine:host";
import type { InsideTrial } from "../core/mod.ts";
import { enterNamespace } from "./namespace.ts";
import { SetUpError } from "./set_up_error.ts";

/** Addresses of no network. */
const [VIP, VIP6] = ["127.0.0.2", "fd00:6e6f:726f:7574::1"];

/** Enters a namespace as a program's is. @param folder An empty folder of this user's */
export function tried(folder: string, holds: boolean): InsideTrial {
  try {
    const { queue, lacks } = enterNamespace({ vip: VIP, vip6: VIP6, etc: {}, folder, holds });
    return { works: holds ? queue !== undefined : true, lacks };
  } catch (thrown) {
    if (!(thrown instanceof SetUpError)) throw thrown;
    const { step, errno } = thrown;
    return { works: false, lacks: [], failed: { step, errno, text: errorText(errno) } };
  }
}
