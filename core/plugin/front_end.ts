// Where local programs enter the network. Types only.

/** Where local programs enter the network. */
export interface FrontEnd {
  readonly name: string;
  /**
   * Makes what it holds equal to what the network wants: nothing where its key has no settings any more. Calls never overlap; a call
   * may be repeated.
   */
  reconcile(): Promise<void>;
  /**
   * Resolves when the host may be called ready; absent: as soon as `reconcile` has settled. Asked once for each of the host's links, and
   * waited for without a bound, until `signal` says that the link is over. A host whose front-end throws here is never ready.
   */
  ready?(signal: AbortSignal): Promise<void>;
  /** Leaves nothing behind. */
  stop(): Promise<void>;
}
