// A container of a tool's that does docker's words in a folder of this machine, for tests of agents that are copied or run beside.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { waitFor } from "../../conformance/support/wait.ts";
import { type AgentSource, type CarrierEnd, NoRouterError, preambleOf, withLimits } from "../../core/mod.ts";
import type { ContainerTool } from "../../transports/support/copies/container_tool.ts";
import { copiedAgent } from "../../transports/support/copies/copied.ts";
import type { CopyMeans } from "../../transports/support/copies/means.ts";
import { agentFile, fakeSource } from "./fake_host.ts";
import { tempDir } from "./lifetime.ts";

const PREAMBLE = [...preambleOf("agent")].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
/** What an agent says first. */
export const HELLO = Buffer.from(preambleOf("agent")).toString();
/** A program of a shell. */
export const program = (text: string) => new TextEncoder().encode(`#!/bin/sh\n${text}`);
/** Greets and sends back, unless it is to tidy. */
const ENGINE = program(`[ -s "$1" ] || exit 9\ncase $1 in */tidy.mjs) exit;; esac\nprintf '${PREAMBLE}'\nexec cat\n`);

/** A tool that has one container: its root is a folder, `STATE` beside it says how it is. Paths within are made paths here. */
const TOOL = `#!/bin/sh
state=$(dirname "$0")/..
root=$state/root
echo "$*" | sed 's/ --format.*//' >>"$state/calls"
missing() { echo "OCI runtime exec failed: exec: \\"$1\\": no such file or directory: unknown"; exit 126; }
go() { program=$root$1; file=$root$2; shift 2; [ -x "$program" ] || missing "$program"; exec "$program" "$file" "$@"; }
case $1 in
inspect) case $* in *State.Pid*) cat "$state/joined";; *) cat "$state/facts";; esac;;
container | rm) ;;
exec) shift 2; [ "$1" != --user ] || shift 2; shift; go "$@";;
cp) [ "$2" != "box:/etc/passwd" ] || { exec tar -cf - -C "$root/etc" passwd; }
  [ ! -e "$state/full" ] || { cat >/dev/null; echo "Error: write: no space left on device" >&2; exit 1; }
  exec tar -xzf - -C "$root";;
import) mkdir -p "$state/images"; exec cat >"$state/images/\${5#norouter-agent:}";;
run) while [ "$1" != --entrypoint ]; do shift; done; program=$2; image=$state/images/\${3#norouter-agent:}; shift 3
  [ -f "$image" ] || { echo "docker: No such image" >&2; exit 125; }
  rm -rf "$state/beside"; mkdir "$state/beside"; tar -xzf "$image" -C "$state/beside"; root=$state/beside; go "$program" "$@";;
image) case $2 in
  inspect) echo linux amd64;;
  ls) for one in "$state"/images/*; do echo "id-\${one##*/} \${one##*/} $(date -u -r "$one" "+%Y-%m-%d %H:%M:%S +0000 UTC")"; done;;
  rm) shift 2; for one; do rm "$state/images/\${one#id-}"; done;; esac;;
esac
`;

/** The container. */
export interface Box {
  readonly path: string;
  /** Names of commands that the tool was given since the last look. */
  calls(): string[];
  start(
    agents?: AgentSource,
    more?: Partial<CopyMeans["request"]>,
    user?: string,
    where?: Partial<ContainerTool>,
  ): Promise<Started>;
  remove(): void;
}

/** What came of a start. */
export interface Started {
  readonly heard: string;
  readonly ends: readonly CarrierEnd[];
  readonly told: readonly string[];
}

/** Makes one. */
export function box({ readOnly = false, user = "", status = "running", pidMode = "" } = {}): Box {
  const dir = tempDir("box");
  for (const folder of ["root", "root/etc", "bin"]) mkdirSync(`${dir.path}/${folder}`);
  writeFileSync(`${dir.path}/bin/tool`, TOOL, { mode: 0o755 });
  writeFileSync(`${dir.path}/facts`, `${readOnly} sha256:0 ${status} ${pidMode} ${user}\n`);
  writeFileSync(`${dir.path}/root/etc/passwd`, "root:*:0:0::/:\napp:*:1234:99::/:\n");
  const calls = () => {
    const path = `${dir.path}/calls`;
    const lines = existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
    rmSync(path, { force: true });
    return lines;
  };
  const start: Box["start"] = async (agents = source(), more = {}, as = undefined, further = {}) => {
    const told: string[] = [];
    const [chunks, ends]: [Uint8Array[], CarrierEnd[]] = [[], []];
    const request = {
      ...{ agents, limits: withLimits({ stopMs: 500 }), signal: new AbortController().signal, settings: {} },
      ...{ progress: () => undefined, debug: () => undefined, chosen: (why: string) => void told.push(why) },
      ...more,
    };
    const explain = (_: readonly string[], { stderr }: CarrierEnd) =>
      stderr.some((line) => line.includes("is gone")) ? new NoRouterError("container-missing") : undefined;
    const where = { tool: [`${dir.path}/bin/tool`], container: "box", user: as, ...further };
    const carrier = await copiedAgent(where, { request, env: {}, why: "no shell", explain, lost: () => undefined });
    carrier.start({
      data: (chunk) => void chunks.push(chunk.slice()),
      drain: () => undefined,
      closed: (end) => void ends.push(end),
    });
    const heard = () => Buffer.concat(chunks).toString();
    await waitFor(() => heard().startsWith(HELLO) || ends.length > 0, { what: "an agent or an end" });
    if (ends.length === 0) {
      carrier.write([new TextEncoder().encode("ping")]);
      await waitFor(() => heard() === `${HELLO}ping`, { what: "what was sent" });
    }
    await carrier.close();
    return { heard: heard(), ends, told };
  };
  return { path: dir.path, calls, start, remove: dir.remove };
}

/** What can be sent to it; another script gives another name. */
export const source = (script = "one", engine = ENGINE): AgentSource => ({
  ...fakeSource(undefined, agentFile("engine", engine)),
  script: () => Promise.resolve(agentFile("agent.mjs", new TextEncoder().encode(script))),
});

/** The first words of calls. */
export const verbs = (calls: readonly string[]) => calls.map((call) => call.split(" ")[0]).join(" ");
