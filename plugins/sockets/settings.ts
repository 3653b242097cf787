// A socket of a host, as the manifest has it and as the log keeps it for its host. Types only.

/** One Unix socket that leads to a place in the network. */
export interface SocketSettings {
  /** Begins with `/`, `~` or a variable, not expanded yet; or `@` and the name of an abstract socket. */
  readonly path: string;
  /** `host:port`, an IPv6 address in brackets. */
  readonly to: string;
  /** Octal digits; absent: its user alone. */
  readonly mode?: string;
  /** `user`, `user:group` or `:group`, names or numbers of the host; absent: the agent's own. */
  readonly owner?: string;
}
