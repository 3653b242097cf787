// What can be sent to a host that has no agent. Types only.

/** A platform that an agent without a runtime is made for. */
export interface AgentPlatform {
  /** As `process.platform` says it. */
  readonly os: string;
  /** As `process.arch` says it. */
  readonly arch: string;
  /** Whether the loader of glibc is there; without it the agent brings its own. */
  readonly glibc: boolean;
}

/** One file of an agent. */
export interface AgentFile {
  /** Name within the agent's own folder. */
  readonly name: string;
  /** Bytes, unpacked. */
  readonly size: number;
  /** SHA-256 of the unpacked bytes, lower case hexadecimal. */
  readonly sha256: string;
  /** The bytes as they are, or as gzip (RFC 1952). */
  open(packed: boolean): Promise<{ readonly size: number; readonly chunks: AsyncIterable<Uint8Array> }>;
}

/** What can be sent to a host that has no agent. */
export interface AgentSource {
  readonly version: string;
  /** Agents of other sources that a host keeps stay there; else they are removed as out of date. */
  readonly sparesOthers?: boolean;
  /** The agent as one JavaScript module that imports nothing but the runtime's own. Its hash names the agent in every form. */
  script(): Promise<AgentFile>;
  /**
   * The agent as a program that needs no runtime: the files of its folder, the first of them `agent`. Where there is no
   * glibc they are `agent`, `loader` and the libraries.
   * @throws NoRouterError `agent-unavailable`
   */
  program(platform: AgentPlatform): Promise<readonly AgentFile[]>;
}
