// Numbers of the way over TLS. What a network may set of it are the core's limits.

/** Fewest bytes of a secret, and fewest different ones. */
export const LEAST_SECRET_BYTES = 16;
export const LEAST_DIFFERENT = 6;
/** Most bytes of a secret's file: more is another file. */
export const MOST_SECRET_BYTES = 4096;
/** Random bytes of a secret that is made. */
export const MADE_SECRET_BYTES = 32;
/** Most bytes of a file with certificates or a key. */
export const MOST_PEM_BYTES = 1024 * 1024;

/** Most bytes of a greeting, a request or a short answer. */
export const MOST_MESSAGE_BYTES = 16 * 1024;
/** Most bytes of an answer with the output of a command. */
export const MOST_ANSWER_BYTES = 512 * 1024;

/** How long a peer has from its first byte until its request is there, in milliseconds. */
export const HANDSHAKE_MS = 10_000;
/** Connections that have not said who they are: at once, and of these from one address. */
export const MOST_STRANGERS = 64;
export const MOST_STRANGERS_OF_ADDRESS = 8;
/** Handshakes of one address that may fail before the next has to wait, and how long it then waits: twice as long each time. */
export const FREE_FAILURES = 5;
export const FIRST_WAIT_MS = 100;
export const LONGEST_WAIT_MS = 2000;
/** After this long without a failure an address is forgotten. */
export const FORGET_MS = 120_000;
/** Addresses that are remembered. */
export const MOST_ADDRESSES = 4096;
/** Refusals that are told one by one for each address in a while; what is more is counted. */
export const TOLD_EACH = 3;
/** Lines on refusals in all in a while. */
export const TOLD_IN_ALL = 30;
export const WHILE_MS = 60_000;

/** Agents at once: of one peer, and in all. */
export const MOST_AGENTS_OF_PEER = 64;
export const MOST_AGENTS = 256;

/** Connections of one peer that have no agent: those that have not asked yet, those that were refused, and those of commands. */
export const MOST_ASKING_OF_PEER = 128;

/** Commands of one peer at once, bytes of what each may say, and how long it may take at most. */
export const MOST_COMMANDS = 4;
export const MOST_OUTPUT_BYTES = 64 * 1024;
export const LONGEST_COMMAND_MS = 600_000;
/** How long a command has to end after SIGTERM before SIGKILL follows. */
export const COMMAND_STOP_MS = 2000;
