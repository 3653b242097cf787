// SIGHUP: the end of the terminal.

import process from "node:process";
import { isatty } from "node:tty";

/**
 * Whether a hang-up concerns this process: it has a terminal that can go. `nohup`, `setsid` with redirected output and service
 * managers leave it none. Whether the signal was ignored when the process began cannot be asked: Node resets that before
 * anything of ours runs.
 */
export const HANGS_UP: boolean = [0, 1, 2].some((fd) => isatty(fd));

/** Lets a hang-up pass where it means nothing, from now on; by default it would end the process. */
export function passHangUp(): void {
  if (!HANGS_UP) process.on("SIGHUP", () => undefined);
}
