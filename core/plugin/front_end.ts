// Where local programs enter the network. Types only.

/** Where local programs enter the network. */
export interface FrontEnd {
  readonly name: string;
  /**
   * Makes what it holds equal to what the network wants: nothing where its key has no settings any more. Calls never overlap; a call
   * may be repeated.
   */
  reconcile(): Promise<void>;
  /** Leaves nothing behind. */
  stop(): Promise<void>;
}
