// Names as the host's own programs find them: getent(1), which asks whatever /etc/nsswitch.conf names. It is asked only where that is more
// than the engine's own look-up knows, which are /etc/hosts and name servers.

import { kill, spawn } from "engine:host";
import { readTextFile } from "../files/contents.ts";
import { environmentList } from "../system/environment.ts";
import { Output, programIn } from "../system/programs.ts";
import { addressesOf, namesMore } from "./nsswitch.ts";

const SIGKILL = 9;
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
  return programIn(`${FOLDERS}:${process.env.PATH ?? ""}`, "getent");
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
    const output = new Output(fd, { most: MOST_BYTES, beyond: "close" });
    const limit = setTimeout(() => {
      kill(pid, SIGKILL);
      output.finish();
      resolve("late");
    }, LIMIT_MS);
  });
}

/** What an exit code and an output say. */
function answerOf(status: number, output: string): Answer {
  if (status === NOT_FOUND) return "not-found";
  const addresses = addressesOf(output);
  return status === 0 && addresses.length > 0 ? addresses : "unable";
}
