// What a host knows of its state directory. Types only.

/** The state directory, as the log keeps it for its host. */
export interface StateDirSettings {
  /** Folder for the files that the host writes, `~` and `${VAR}` not expanded yet. */
  readonly pathOnAgent: string;
}
