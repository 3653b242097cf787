// A store on disk: what is appended is with the system at once, and on the disk a moment later. What is read comes from memory.

import { readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import {
  DEFAULT_LIMITS,
  type Limits,
  memoryStore,
  messageOf,
  type NetworkEvent,
  NoRouterError,
  type PromptStore,
} from "../../core/mod.ts";
import { fileError, systemCodeOf } from "../support/files.ts";
import { JournalFile, syncFolder } from "./file.ts";
import { JOURNAL_LIMITS, type JournalLimits } from "./limits.ts";
import { eventLine, headerLine } from "./lines.ts";
import { type Lock, takeLock } from "./lock.ts";
import { preparedPath } from "./path.ts";
import { type JournalContents, readContents } from "./read.ts";
import { compacted, nextPath, replaceJournal } from "./rotation.ts";

/** What a journal is opened with. */
export interface JournalOptions {
  /** Where it is; its folder is made. */
  readonly path: string;
  /** Name of the network that it is of. */
  readonly network: string;
  /** Numbers other than the table's. */
  readonly limits?: Partial<JournalLimits & Pick<Limits, "recentEvents" | "durableEvents">>;
  /** Hears what only a developer wants to know, such as what a crash cost. */
  readonly note?: (line: string) => void;
  /**
   * With it, events that cannot be written are not refused: they are kept in memory, and the journal is made whole once that works
   * again. It hears when that begins and ends, and when another process takes the journal over, which does not end.
   */
  readonly goesOn?: (line: string) => void;
}

/**
 * Opens a journal for writing, or begins one. It is this store's alone until `close`.
 * @throws NoRouterError `journal-in-use`; `journal-invalid` when it is of another network, of a later norouter, damaged, or no
 *   journal; `file-denied`, `file-failed`, `disk-full`
 */
export async function journalStore(options: JournalOptions): Promise<PromptStore> {
  const path = await preparedPath(options.path);
  const lock = takeLock(path);
  try {
    const contents = readContents(path, bytesOf(path));
    fits(path, contents, options.network);
    const store = new JournalStore(path, lock, contents, options);
    await store.begin();
    return store;
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
}

function bytesOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return new Uint8Array();
    throw fileError(path, thrown);
  }
}

function fits(path: string, { network, rest, line, why }: JournalContents, wanted: string): void {
  if (network !== undefined && network !== wanted)
    throw new NoRouterError("journal-invalid", `Journal ${path} is of the network "${network}", not of "${wanted}"`);
  if (rest !== "damaged") return;
  const advice = line > 1 ? `; 'head -n ${line - 1}' has what comes before` : "";
  throw new NoRouterError("journal-invalid", `Journal ${path} is damaged in line ${line}: ${why}${advice}`);
}

class JournalStore implements PromptStore {
  readonly #path: string;
  readonly #lock: Lock;
  readonly #network: string;
  readonly #limits: JournalLimits;
  readonly #note: (line: string) => void;
  readonly #goesOn: ((line: string) => void) | undefined;
  readonly #kept: PromptStore;
  #file: JournalFile;
  #seq: number;
  #flushed = 0;
  /** The file is rotated when it is longer. */
  #most = 0;
  /** What was appended while the next file is made; undefined while none is. */
  #meanwhile: string[] | undefined;
  /** The disk failed to take what was written, or the file is gone from its place: only a new one counts. */
  #isDoubtful = false;
  /** The file ends before the last event. */
  #isBehind = false;
  /** Why nothing is written any more. */
  #lost: NoRouterError | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #working: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(path: string, lock: Lock, contents: JournalContents, { network, limits, note, goesOn }: JournalOptions) {
    this.#path = path;
    this.#lock = lock;
    this.#network = network;
    this.#limits = { ...JOURNAL_LIMITS, ...limits };
    this.#note = note ?? (() => undefined);
    this.#goesOn = goesOn;
    this.#kept = memoryStore({ ...DEFAULT_LIMITS, ...limits }, contents.snapshot);
    this.#kept.append(contents.events);
    this.#seq = contents.seq;
    this.#most = this.#limits.journalBytes;
    rmSync(nextPath(path), { force: true });
    this.#file = JournalFile.open(path, contents.bytes);
    if (contents.rest === "torn") this.#note(`journal ${path}: line ${contents.line} was not written to its end and is left out`);
  }

  /** Writes the first line, and has on disk what an earlier run wrote. */
  async begin(): Promise<void> {
    try {
      if (this.#file.bytes === 0) this.#file.append(headerLine(this.#network));
      // Whoever it was taken from may go on writing into the old file.
      if (this.#lock.fromElsewhere && this.#seq > 0) await this.#rotate();
      await this.#file.sync();
      await syncFolder(dirname(this.#path));
      this.#flushed = this.#seq;
    } catch (thrown) {
      this.#file.close();
      throw thrown;
    }
  }

  get seq(): number {
    return this.#seq;
  }

  get flushed(): number {
    return this.#flushed;
  }

  snapshot() {
    return this.#kept.snapshot();
  }

  read(after: number): Iterable<NetworkEvent> {
    return this.#kept.read(after);
  }

  append(events: readonly NetworkEvent[]): void {
    if (this.#closing !== undefined) throw new NoRouterError("file-failed", `Journal ${this.#path} is closed`);
    if (this.#lost && !this.#goesOn) throw this.#lost;
    if (events.length === 0) return;
    const text = events.map(eventLine).join("");
    if (!this.#isBehind && !this.#lost) this.#write(text);
    this.#meanwhile?.push(text);
    this.#kept.append(events);
    this.#seq = events.at(-1)?.seq ?? this.#seq;
    this.#wake(this.#limits.journalSyncMs);
  }

  #write(text: string): void {
    try {
      this.#file.append(text);
    } catch (thrown) {
      if (!this.#goesOn) throw thrown;
      this.#isBehind = true;
      this.#goesOn(`${messageOf(thrown)}; events are kept in memory until that works again`);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#working;
    if (!this.#lost && this.#needsNew()) await this.#rotate().catch((thrown: unknown) => this.#note(messageOf(thrown)));
    if (!this.#lost && !this.#needsNew()) await this.#flush();
    this.#file.close();
    this.#lock.release();
  }

  /** Does what is due after a while; once at a time. */
  #wake(afterMs: number): void {
    if ([this.#timer, this.#working, this.#closing, this.#lost].some((one) => one !== undefined)) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#working = this.#work().then((again) => {
        this.#working = undefined;
        if (again !== undefined) this.#wake(again);
      });
    }, afterMs);
    this.#timer.unref();
  }

  /** What is due: the look at the lock, a rotation, the disk. Gives when to come again, if something is left. */
  async #work(): Promise<number | undefined> {
    try {
      if (!this.#lock.isOurs()) {
        this.#lost = new NoRouterError("journal-in-use", `Journal ${this.#path} was taken over by another process`);
        (this.#goesOn ?? this.#note)(this.#lost.message);
        return undefined;
      }
      if (!this.#file.isInPlace()) this.#isDoubtful = true;
      if (!this.#needsNew() && this.#file.bytes > this.#most) {
        await this.#rotate().catch((thrown: unknown) => this.#note(`journal: ${messageOf(thrown)}`));
      }
      if (!this.#needsNew()) await this.#flush();
      if (this.#needsNew()) {
        await this.#rotate();
        await this.#flush();
      }
    } catch (thrown) {
      this.#note(`journal: ${messageOf(thrown)}`);
      return this.#limits.journalRetryMs;
    }
    return this.#flushed < this.#seq ? this.#limits.journalSyncMs : undefined;
  }

  /** After a failure a disk may say that it has the same bytes, and not have them; what it lacks can only be written in order. */
  #needsNew(): boolean {
    return this.#isDoubtful || this.#isBehind;
  }

  async #flush(): Promise<void> {
    const seq = this.#seq;
    try {
      await this.#file.sync();
      this.#flushed = seq;
    } catch (thrown) {
      this.#isDoubtful = true;
      this.#note(`journal: ${messageOf(thrown)}`);
    }
  }

  /** Makes the next file beside the journal while that is written to as ever, then puts it in its place. */
  async #rotate(): Promise<void> {
    const room = this.#limits.journalBytes >> 2;
    const text = compacted(this.#network, this.#kept, this.#seq, room);
    const meanwhile: string[] = [];
    this.#meanwhile = meanwhile;
    let next: JournalFile | undefined;
    try {
      rmSync(nextPath(this.#path), { force: true });
      next = JournalFile.open(nextPath(this.#path), 0);
      await next.fill(text);
      await next.sync();
      next.append(meanwhile.join(""));
      replaceJournal(this.#path);
    } catch (thrown) {
      next?.close();
      rmSync(nextPath(this.#path), { force: true });
      this.#most = this.#file.bytes + room;
      throw fileError(nextPath(this.#path), thrown);
    } finally {
      this.#meanwhile = undefined;
    }
    this.#file.close();
    this.#file = next.renamed(this.#path);
    if (this.#isBehind) this.#goesOn?.(`Journal ${this.#path} has all events again`);
    this.#isDoubtful = false;
    this.#isBehind = false;
    // A state that takes more than its share must not be written again and again.
    this.#most = Math.max(this.#limits.journalBytes, 2 * this.#file.bytes);
    await syncFolder(dirname(this.#path));
  }
}
