// The socket between the front and the agent: messages as JSON, with descriptors. It is a pair of Unix sockets that keep messages apart.

import { close, receiveDescriptors, sendDescriptors, watch } from "engine:host";

const MOST_BYTES = 4096;
const EAGAIN = -11;

/** One end. */
export class Channel<In, Out> {
  readonly #fd: number;

  /**
   * @param received Gets each message, whose descriptors are then its own.
   * @param ended The other process is gone.
   */
  constructor(fd: number, received: (message: In, descriptors: readonly number[]) => void, ended: () => void) {
    this.#fd = fd;
    const buffer = new Uint8Array(MOST_BYTES);
    watch(fd, 1, () => {
      for (;;) {
        const came = receiveDescriptors(fd, buffer);
        if (came === EAGAIN) return;
        const [size, ...descriptors] = typeof came === "number" ? [0] : came;
        if (size === 0) {
          this.close();
          return ended();
        }
        received(JSON.parse(Buffer.from(buffer.subarray(0, size)).toString()) as In, descriptors);
      }
    });
  }

  send(message: Out, descriptors: readonly number[] = []): void {
    sendDescriptors(this.#fd, Buffer.from(JSON.stringify(message)), descriptors);
  }

  close(): void {
    close(this.#fd);
  }
}
