// Names as the host's own programs find them: getent(1), which asks whatever /etc/nsswitch.conf names. It is asked only where that is more
// than the engine's own look-up knows, which are /etc/hosts and name servers.

import { access, close, kill, read, setNonBlocking, spawn, unwatch, watch } from "engine:host";
import { readTextFile } from "../files/contents.ts";
import { environmentList } from "../system/environment.ts";
import { addressesOf, namesMore } from "./nsswitch.ts";

const X_OK = 1;
const SIGKILL = 9;
const EAGAIN = -11;
/** Programs at once; other names wait. */
const AT_ONCE = 4;
/** A program that takes longer is ended. Resolvers give up on their own after 10 to 30 seconds. */
const LIMIT_MS = 40_000;
const MOST_BYTES = 64 * 1024;
/** Exit code of getent: a key could not be found. */
const NOT_FOUND = 2;
/** Searched before those of the environment: those are for systems that have it elsewhere, as NixOS does. */
const FOLDERS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What getent said: addresses, none, nothing in time, or that it cannot be asked. */
export type Answer = readonly string[] | "not-found" | "late" | "unable";

let running = 0;
const waiting: (() => void)[] = [];

/**
 * The program, where names are to be found with it.
 * @param conf the text of /etc/nsswitch.conf (nsswitch.conf(5))
 */
export function getentFor(name: string, conf: string | undefined = readTextFile("/etc/nsswitch.conf")): string | undefined {
  // It could be taken for an option.
  if (name.startsWith("-") || conf === undefined || !namesMore(conf)) return undefined;
  const folders = `${FOLDERS}:${process.env.PATH ?? ""}`.split(":").filter((folder) => folder.startsWith("/"));
  return folders.map((folder) => `${folder}/getent`).find((path) => access(path, X_OK) === 0);
}

/** Asks the program for the addresses of a name. */
export async function askGetent(program: string, name: string): Promise<Answer> {
  if (running < AT_ONCE) running += 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await answer(program, name);
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next(); // in this one's place
  }
}

/** Once it has exited there is nothing to wait for: its children may keep the pipe open for ever. */
function answer(program: string, name: string): Promise<Answer> {
  return new Promise((resolve) => {
    const started = spawn(program, [program, "ahosts", name], environmentList(process.env), (status) => {
      clearTimeout(limit);
      resolve(answerOf(status, output.finish()));
    });
    if (typeof started === "number") {
      resolve("unable");
      return;
    }
    const [pid, fd] = started;
    const output = gather(fd);
    const limit = setTimeout(() => {
      kill(pid, SIGKILL);
      output.finish();
      resolve("late");
    }, LIMIT_MS);
  });
}

/** Reads a pipe as long as there is something, to its end or to the most that is wanted. */
function gather(fd: number): { finish(): string } {
  const buffer = new Uint8Array(4096);
  const decoder = new TextDecoder();
  let text = "";
  let isOpen = true;
  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    unwatch(fd);
    close(fd);
  };
  const readAll = () => {
    while (isOpen) {
      const count = read(fd, buffer);
      if (count === EAGAIN) return;
      if (count > 0) text += decoder.decode(buffer.subarray(0, count), { stream: true });
      if (count <= 0 || text.length > MOST_BYTES) end();
    }
  };
  setNonBlocking(fd);
  watch(fd, 1, readAll);
  const finish = () => {
    readAll();
    end();
    return text;
  };
  return { finish };
}

/** What an exit code and an output say. */
function answerOf(status: number, output: string): Answer {
  if (status === NOT_FOUND) return "not-found";
  const addresses = addressesOf(output);
  return status === 0 && addresses.length > 0 ? addresses : "unable";
}
