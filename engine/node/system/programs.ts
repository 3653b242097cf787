// What running a program takes: where it is, and what it wrote.

import { access, close, read, setNonBlocking, unwatch, watch } from "engine:host";

const X_OK = 1;
const EAGAIN = -11;

/** The first program of that name in folders that are separated by colons, as in PATH; relative ones are passed over. */
export function programIn(folders: string, name: string): string | undefined {
  const absolute = folders.split(":").filter((folder) => folder.startsWith("/"));
  return absolute.map((folder) => `${folder}/${name}`).find((path) => access(path, X_OK) === 0);
}

/** How much of an output is wanted. */
export interface OutputBounds {
  /** About how many characters: what is read at once is kept as a whole. */
  readonly most: number;
  /** What is beyond is read and dropped, so that the program can go on; or the pipe is closed, which ends most programs. */
  readonly beyond: "drop" | "close";
}

/** The text that comes out of a pipe, read as long as there is something; the descriptor is closed in the end. */
export class Output {
  readonly #fd: number;
  readonly #bounds: OutputBounds;
  readonly #buffer = new Uint8Array(4096);
  readonly #decoder = new TextDecoder();
  #text = "";
  #isOpen = true;

  constructor(fd: number, bounds: OutputBounds) {
    this.#fd = fd;
    this.#bounds = bounds;
    setNonBlocking(fd);
    watch(fd, 1, () => this.#readAll());
  }

  /** What has come up to now; nothing is read after this. */
  finish(): string {
    this.#readAll();
    this.#end();
    return this.#text;
  }

  #readAll(): void {
    const { most, beyond } = this.#bounds;
    while (this.#isOpen) {
      const count = read(this.#fd, this.#buffer);
      if (count === EAGAIN) return;
      if (count <= 0) this.#end();
      else this.#keep(this.#buffer.subarray(0, count));
      if (beyond === "close" && this.#text.length > most) this.#end();
    }
  }

  #keep(bytes: Uint8Array): void {
    const { most, beyond } = this.#bounds;
    if (beyond === "close" || this.#text.length < most) this.#text += this.#decoder.decode(bytes, { stream: true });
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    unwatch(this.#fd);
    close(this.#fd);
  }
}
