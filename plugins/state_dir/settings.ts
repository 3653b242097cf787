// What a host knows of its state directory.

/** The folder where none is asked for. */
export const DEFAULT_FOLDER = "~/.norouter/agent";

/** The state directory, as the log keeps it for its host. */
export interface StateDirSettings {
  /** Folder for the files that the host writes, `~` and `${VAR}` not expanded yet. */
  readonly pathOnAgent: string;
}
