// The files of a start.

import { readFileSync } from "node:fs";
import type { InsidePlan } from "../core/mod.ts";

/** Files of the folder of one start, which only its user may enter. */
export const FILES = { plan: "plan.json", socket: "agent.sock" } as const;

/** The plan in a start's folder. */
export function planIn(folder: string): InsidePlan {
  return JSON.parse(readFileSync(`${folder}/${FILES.plan}`, "utf8")) as InsidePlan;
}
