// Whether a client may use a proxy: its name and password against what the log keeps of them. The slow check is made
// once for what a client sends again and again.

import { mayEnter } from "./access.ts";
import { PROXY_LIMIT_ROWS } from "./limits.ts";
import type { ProxySettings } from "./proxy_settings.ts";

/** Guards one proxy. */
export interface Gate {
  /** Whether a name and a password are asked for. */
  readonly closed: boolean;
  /**
   * Whether they are right. Wrong ones are answered slowly, and while too many wait for that, the next are refused at once.
   * @param waits Whether the client is still there; one that left while others were checked costs nothing.
   */
  enters(user: string, password: string, waits?: () => boolean): Promise<boolean>;
}

/**
 * The gate of a proxy, which follows its settings; without any it is closed to everybody.
 * @param passwordChecks How many checks may wait for their turn. Default: the row's own value.
 */
export function gateOf(
  settings: () => ProxySettings | undefined,
  passwordChecks: number = PROXY_LIMIT_ROWS.passwordChecks.value,
): Gate {
  /** The last right answer, and what it was the answer to. */
  let known: { readonly hash: string; readonly user: string; readonly password: string } | undefined;
  /** Checks of what is not known run one after another: guessing must not take the processor. */
  let checking: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  async function check(user: string, password: string): Promise<boolean> {
    const access = settings()?.auth;
    if (!access || !(await mayEnter(access, user, password))) return false;
    known = { hash: access.hash, user, password };
    return settings()?.auth?.hash === access.hash; // it may have changed meanwhile
  }

  return {
    get closed() {
      const now = settings();
      return now === undefined || now.auth !== undefined;
    },
    enters(user, password, waits = () => true) {
      const hash = settings()?.auth?.hash;
      if (known && known.hash === hash && known.user === user && known.password === password) return Promise.resolve(true);
      if (waiting > passwordChecks) return Promise.resolve(false); // one of them is being checked
      waiting += 1;
      const result = checking.then(() => waits() && check(user, password)).finally(() => (waiting -= 1));
      checking = result.catch(() => undefined);
      return result;
    },
  };
}
