// Tries whether a program could have a network here, in this process, which is of no more use afterwards.

import { errorText } from "engine:host";
import type { InsideTrial } from "../core/mod.ts";
import { enterNamespace } from "./namespace.ts";
import { SetUpError } from "./set_up_error.ts";

/** An address of no network. */
const VIP = "127.0.0.2";

/** Enters a namespace as a program's is. @param folder An empty folder of this user's */
export function tried(folder: string, holds: boolean): InsideTrial {
  try {
    const { queue, lacks } = enterNamespace({ vip: VIP, etc: {}, folder, holds });
    return { works: holds ? queue !== undefined : true, lacks };
  } catch (thrown) {
    if (!(thrown instanceof SetUpError)) throw thrown;
    const { step, errno } = thrown;
    return { works: false, lacks: [], failed: { step, errno, text: errorText(errno) } };
  }
}
