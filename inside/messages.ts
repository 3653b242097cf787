// What the processes of a program inside tell each other.

/** Sockets of the program's network, in the order in which their descriptors are sent. */
export const PASSED = ["tcp4", "tcp6", "dnsUdp", "dnsTcp", "rules", "sockets"] as const;

/** What the front tells the agent. */
export type ToAgent =
  /**
   * The network is there; the descriptors of {@link PASSED} come with it, and that of the queue where there is one. `namespace` is what
   * tells its processes from others.
   */
  | { readonly type: "network"; readonly holds: boolean; readonly namespace: string }
  /** Fresh TCP sockets, IPv4 or IPv6, come with it. */
  | { readonly type: "sockets"; readonly family: 4 | 6 };

/** What the agent tells the front. */
export type ToFront =
  /** The host is ready. */
  | { readonly type: "ready" }
  /** More fresh sockets are wanted. */
  | { readonly type: "want"; readonly family: 4 | 6; readonly count: number }
  /** The agent leaves, and why; `isOrderly`: its manager told it to. */
  | { readonly type: "over"; readonly message: string; readonly isOrderly: boolean };
