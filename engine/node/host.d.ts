// What the engine's host layer gives to its modules: system calls, and what needs a thread. Only files of this folder and of inside/ import it.
// A number below zero is an error, `-errno` as Linux counts it; nothing here throws but for arguments of a wrong type.

declare module "engine:host" {
  /** What a descriptor is watched for: 1 reading, 2 writing, 3 both; 0 leaves it alone. */
  export type Interest = 0 | 1 | 2 | 3;

  /** What happened, a sum: 1 readable, 2 writable, 4 error, 8 hung up, 16 the peer has ended its half. */
  export type Readiness = number;

  /** Address, port, and 4 or 6. A link-local address ends in `%INTERFACE`. */
  export type SocketName = [address: string, port: number, family: 4 | 6];

  // loop.c: descriptors, level-triggered (epoll(7)).

  /** Watches a descriptor. The loop runs as long as one is watched, a timer is set, or a job is under way. */
  export function watch(fd: number, interest: Interest, ready: (what: Readiness) => void): number;
  export function setInterest(fd: number, interest: Interest): number;
  /** Ends the watch; the descriptor stays open. A watch that ended is never called again. */
  export function unwatch(fd: number): void;
  /** Whether the loop stays for this descriptor alone; it does by default. */
  export function setHolding(fd: number, holding: boolean): void;
  /** Calls the ticks' function once, when what runs now is done and before what promises wait for. */
  export function wantTicks(): void;
  /** Calls the immediates' function once, after what this turn of the loop has for others. */
  export function wantImmediates(): void;
  export function setHooks(hooks: {
    /** Something was thrown that nobody caught. */
    uncaught(thrown: unknown): void;
    /** A promise was rejected, and nobody had listened when all jobs were done. */
    unhandledRejection(thrown: unknown): void;
    signal(signal: number): void;
    ticks(): void;
    /** Tells whether it is to be called again in this turn, once what promises wait for is done. */
    immediates(): boolean;
    /** Nothing holds the loop any more; it goes on if something does after this. */
    drained(): void;
    /** The loop has ended: calls `exit`. */
    exit(): void;
  }): void;

  // timers.c: a heap by the monotonic clock.

  export interface Timer {
    ref(): this;
    unref(): this;
    hasRef(): boolean;
    /** Begins anew with the same time. */
    refresh(): this;
  }
  /** `ms`: 1 to 2^31-1, all else is 1, as in Node. `this` of the call is the timer. */
  export function setTimer(call: (this: Timer) => void, ms: number, repeats: boolean): Timer;
  export function clearTimer(timer: Timer): void;
  /** Milliseconds of the monotonic clock, with fractions. */
  export function now(): number;

  // bytes.c: reading and writing descriptors.

  /** Bytes read into `buffer`; 0 at the end. */
  export function read(fd: number, buffer: Uint8Array): number;
  /** Bytes written of `bytes`, beginning at `from`. */
  export function write(fd: number, bytes: Uint8Array, from: number): number;
  /** Bytes written of a list, beginning at byte `from` of `list[first]`; up to 64 of them in one call (writev(2)). */
  export function writeGathered(fd: number, list: readonly (Uint8Array | undefined)[], first: number, from: number): number;
  /** At a position; -1: where the descriptor stands. */
  export function readAt(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number;
  export function writeAt(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number;
  export function close(fd: number): number;
  export function setNonBlocking(fd: number): number;

  // sockets.c: TCP and Unix sockets. All are made non-blocking and close-on-exec.

  /** A descriptor whose connection is under way: it is made or refused when it becomes writable, see `socketError`. */
  export function connect(address: string, port: number, localAddress?: string, localPort?: number): number;
  /** The path may begin with a NUL byte (abstract, unix(7)). -EAGAIN: its queue is full. */
  export function connectUnix(path: string): number;
  /** `ipv6Only` as IPV6_V6ONLY (ipv6(7)). */
  export function listen(address: string, port: number, backlog: number, ipv6Only: boolean): number;
  export function listenUnix(path: string, backlog: number): number;
  /**
   * A connection. -EMFILE or -ENFILE: there is no descriptor left; the connections that waited were then closed, with a
   * descriptor that is held in reserve, so that the listener is not ready for ever.
   */
  export function accept(fd: number): number;
  /** The error that the socket holds, as a number below zero, and takes it away; 0 for none. */
  export function socketError(fd: number): number;
  export function localName(fd: number): SocketName | undefined;
  export function remoteName(fd: number): SocketName | undefined;
  /** Ends the writing half. */
  export function shutdown(fd: number): number;
  /** Closes with RST (SO_LINGER of 0). */
  export function reset(fd: number): number;
  export function setNoDelay(fd: number, on: boolean): number;
  /** `seconds` before the first probe; 0 keeps the system's. */
  export function setKeepAlive(fd: number, on: boolean, seconds: number): number;
  /** `AF_UNIX` is 1, `AF_INET` 2, `AF_INET6` 10; -ENOTSOCK for what is no socket, such as a pipe. */
  export function socketFamily(fd: number): number;

  // datagrams.c: UDP.

  /** `address` undefined: not bound yet. */
  export function openDatagrams(
    family: 4 | 6,
    address: string | undefined,
    port: number,
    reuse: boolean,
    ipv6Only: boolean,
  ): number;
  /** Fixes the peer of a socket. */
  export function connectDatagrams(fd: number, address: string, port: number): number;
  /** Bytes of one datagram; `lastSender` then tells whose. What does not fit into `buffer` is cut off. */
  export function receive(fd: number, buffer: Uint8Array): number;
  export function lastSender(): SocketName | undefined;
  /** To the peer of a connected socket without `address`. */
  export function send(fd: number, bytes: Uint8Array, address?: string, port?: number): number;

  // jobs.c: what would block, in at most four threads; callbacks run on the loop.

  /** All addresses of a name (getaddrinfo(3) of musl: /etc/hosts, /etc/resolv.conf). `failed`: an `EAI_` number below zero, or 0. */
  export function lookUp(name: string, done: (failed: number, found: readonly SocketName[]) => void): void;
  /** PBKDF2 with HMAC-SHA-256 (RFC 8018 section 5.2), 65,536 bytes at most; `undefined`: there is no memory or no thread for it. */
  export function deriveKey(
    password: Uint8Array,
    salt: Uint8Array,
    iterations: number,
    bytes: number,
    done: (key: ArrayBuffer | undefined) => void,
  ): void;

  // hashes.c

  /** A SHA-256 that is fed in parts (FIPS 180-4); `digest` ends it, and gives 32 bytes. */
  export interface Sha256 {
    update(bytes: Uint8Array): void;
    digest(): ArrayBuffer;
  }
  export function sha256(): Sha256;
  /** Fills an array with bytes of the system's generator (getrandom(2)), and returns it. */
  export function fillRandom<T extends ArrayBufferView>(array: T): T;

  // text.c

  /** UTF-8 of a text whose lone surrogates have been replaced already. */
  export function encodeUtf8(text: string): Uint8Array;
  /** Text of UTF-8; every byte sequence that is none becomes U+FFFD as the Encoding Standard says (section 4.5, maximal subparts). */
  export function decodeUtf8(bytes: Uint8Array): string;
  /** Bytes from the start that are UTF-8; all of them where the whole is. */
  export function validUtf8(bytes: Uint8Array): number;
  export function decodeLatin1(bytes: Uint8Array): string;
  export function encodeLatin1(text: string): Uint8Array;
  /** RFC 4648 section 4, or section 5 without padding where `forUrl`. */
  export function encodeBase64(bytes: Uint8Array, forUrl: boolean): string;
  /** Reads both alphabets, skips what is in neither, and stops at the first `=`, as Node does. */
  export function decodeBase64(text: string): Uint8Array;
  export function encodeHex(bytes: Uint8Array): string;

  // files.c. Paths are UTF-8.

  /** mode, size, uid, gid, inode, device, links, and times in milliseconds: access, modification, change. */
  export type FileFacts = readonly [
    mode: number,
    size: number,
    uid: number,
    gid: number,
    ino: number,
    dev: number,
    nlink: number,
    atimeMs: number,
    mtimeMs: number,
    ctimeMs: number,
  ];
  export function open(path: string, flags: number, mode: number): number;
  export function stat(path: string, followsLinks: boolean): FileFacts | number;
  export function fstat(fd: number): FileFacts | number;
  /** Whether two descriptors are of one file. Inode numbers have more bits than `FileFacts` keeps. */
  export function isSameFile(one: number, other: number): boolean;
  export function access(path: string, mode: number): number;
  export function mkdir(path: string, mode: number): number;
  /** Replaces the six `X` at the end of `template`. */
  export function mkdtemp(template: string): string | number;
  export function rmdir(path: string): number;
  /** Removes a folder with all in it, names that are not UTF-8 too; what failed, if anything. */
  export function removeTree(path: string): undefined | readonly [errno: number, syscall: string, path: string];
  export function unlink(path: string): number;
  export function rename(from: string, to: string): number;
  export function link(existing: string, path: string): number;
  export function symlink(target: string, path: string): number;
  export function readlink(path: string): string | number;
  export function realpath(path: string): string | number;
  export function chmod(path: string, mode: number): number;
  export function chown(path: string, uid: number, gid: number): number;
  export function utimes(path: string, atimeMs: number, mtimeMs: number): number;
  /** Names in no order, without `.` and `..`, each with its `DT_` number (readdir(3)). */
  export function readdir(path: string): readonly (readonly [name: string, type: number])[] | number;
  export function fchmod(fd: number, mode: number): number;
  export function fchown(fd: number, uid: number, gid: number): number;
  export function ftruncate(fd: number, size: number): number;
  export function fsync(fd: number): number;
  export function isatty(fd: number): boolean;

  // process.c

  /** Words of the command line; the first is the engine's own. */
  export const argv: readonly string[];
  /** A copy of the environment as it was at the start. */
  export function environment(): Record<string, string>;
  export const pid: number;
  /** `x64` or `arm64`. */
  export const arch: string;
  /** Versions of the engine and of what it is built of. */
  export const versions: Readonly<Record<"engine" | "quickjs" | "musl", string>>;
  export function parentPid(): number;
  export function getuid(): number;
  export function geteuid(): number;
  export function getgid(): number;
  export function getegid(): number;
  export function cwd(): string | number;
  export function chdir(path: string): number;
  /** Sets the mask of modes of new files, and returns the one before (umask(2)). */
  export function umask(mask: number): number;
  /** Leaves at once: no clean-up, no waiting for threads. */
  export function exit(code: number): never;
  export function kill(pid: number, signal: number): number;
  /** From now on the signal goes to the hook, and has no other effect. */
  export function catchSignal(signal: number): number;
  export function releaseSignal(signal: number): number;
  /** Becomes another program (execve(2)); returns only if it fails. */
  export function exec(path: string, argv: readonly string[], environment: readonly string[]): number;
  /** Name, address, family, netmask, whether it is a loopback interface, and its MAC; only those that are up. */
  export function networkInterfaces():
    | readonly (readonly [
        name: string,
        address: string,
        family: 4 | 6,
        netmask: string,
        internal: boolean,
        mac: string,
        scope: number,
      ])[]
    | number;
  export function hostname(): string;
  /** Text for an error number (strerror(3)). */
  export function errorText(errno: number): string;
  /** Resident bytes, and bytes that the JavaScript heap holds, with its limit (0: none). */
  export function memory(): readonly [resident: number, heapUsed: number, heapLimit: number];
  /**
   * The JavaScript heap may have so many bytes; what goes beyond throws `InternalError: out of memory`. A callback that goes on after
   * that until there is no memory for an error ends the process.
   */
  export function setHeapLimit(bytes: number): void;
  export function collectGarbage(): void;

  // modules.c

  /** The namespace of a module of this folder by its name, such as `node:net` or `engine:web`; undefined if there is none. Loads it. */
  export function builtinModule(name: string): object | undefined;
  /** Names of all modules that programs can import, such as `node:net`. */
  export const builtinModules: readonly string[];
}
