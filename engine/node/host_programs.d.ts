// What the engine's host layer gives, continued: programs that are started, and what puts them inside the network. As in host.d.ts a number
// below zero is an error, `-errno`.

declare module "engine:host" {
  // children.c

  /** Bits of `options` of {@link start}, see setsid(2), setpgid(2), PR_SET_PDEATHSIG of prctl(2), and WUNTRACED of waitpid(2). */
  export type StartOptions = number;
  /**
   * Starts a program; `descriptors` become its 0, 1 and so on; with fewer than three it has the engine's own in the place of the others. 1: in a session of its own; 2: in a process group of its own; 4: it is
   * killed when this process ends; 8: `ended` is also called, with `isStopped`, when it stops. `ended` gets the exit code, or `-signal`.
   * @returns the number of the process, or -errno
   */
  export function start(
    path: string,
    argv: readonly string[],
    environment: readonly string[],
    descriptors: readonly number[],
    options: StartOptions,
    ended: (status: number, isStopped: boolean) => void,
  ): number;
  /**
   * Starts a program without a shell: standard input is /dev/null, standard error too, standard output a pipe whose
   * reading end is the second number. -errno if it cannot be started. `ended` gets the exit code, or `-signal`.
   */
  export function spawn(
    path: string,
    argv: readonly string[],
    environment: readonly string[],
    ended: (status: number) => void,
  ): readonly [pid: number, fd: number] | number;
  /** This process gets the signal when its parent ends (PR_SET_PDEATHSIG of prctl(2)). */
  export function signalOfParentsEnd(signal: number): number;

  // namespaces.c: all but `unshare`, `mount` and `keepCapability` are about sockets, which are non-blocking and close-on-exec.

  /** Leaves namespaces for new ones (unshare(2)); the flags are those of `CLONE_NEW…`. */
  export function unshare(flags: number): number;
  /** mount(2). */
  export function mount(source: string, target: string, type: string, flags: number, data: string): number;
  /** Programs that this process starts have the capability, too (PR_CAP_AMBIENT_RAISE of prctl(2)). */
  export function keepCapability(capability: number): number;
  /** A socket of any kind (socket(2)). */
  export function openSocket(family: number, type: number, protocol: number): number;
  /** Sets an option that is a whole number (setsockopt(2)). */
  export function setOption(fd: number, level: number, option: number, value: number): number;
  export function bind(fd: number, address: string, port: number): number;
  export function beginListening(fd: number, backlog: number): number;
  /** As {@link connect}, for a socket that is there. */
  export function beginConnecting(fd: number, address: string, port: number): number;
  /** Two ends of a Unix socket that keeps messages apart. */
  export function socketPair(): readonly [number, number] | number;
  /** Sends one message over a Unix socket, with up to 32 descriptors. */
  export function sendDescriptors(fd: number, bytes: Uint8Array, descriptors: readonly number[]): number;
  /** Bytes of one message, 0 at the end, and the descriptors that came with it. */
  export function receiveDescriptors(fd: number, buffer: Uint8Array): readonly [size: number, ...descriptors: number[]] | number;
}
