// `norouter show-installer`: prints a shell script that installs this version on a host.

import { readFileSync } from "node:fs";
import { agentEngine } from "../../agents/engine.ts";
import { engineName, formFor, parsePlatform, platformName } from "../../agents/platform.ts";
import { agentProgram } from "../../agents/programs.ts";
import { agentScript } from "../../agents/script.ts";
import type { StoredFile } from "../../agents/store.ts";
import { NoRouterError } from "../../core/errors.ts";
import type { AgentChoice, AgentFile, AgentPlatform } from "../../core/plugin/agent_source.ts";
import { VERSION } from "../../core/version.ts";
import { bytesOf } from "../../transports/support/agent_bytes.ts";
import type { Io } from "../load/io.ts";
import { END_OF_FILE, type InstallerParts, installerText } from "./show_installer_text.ts";

/** What `show-installer` is asked for. */
export interface ShowInstallerArgs {
  /** The script carries the agent; otherwise it fetches the package with npm. */
  readonly embed: boolean;
  /** At most one name of a platform: carry an agent for it that needs no runtime. */
  readonly platforms: readonly string[];
  readonly agent?: AgentChoice | undefined;
}

/** Bytes in a line of base64, whose text is 76 characters (RFC 2045 section 6.8), and lines written at once. */
const LINE_BYTES = 57;
const LINES_AT_ONCE = 4096;

/**
 * Prints the installer and returns the exit code, 0.
 * @throws NoRouterError `usage`, `agent-unavailable`
 */
export async function showInstaller(args: ShowInstallerArgs, io: Pick<Io, "stdout" | "stderr">): Promise<number> {
  const parts = await partsFor(args, (line) => io.stderr(`norouter: ${line} ...\n`));
  for (const piece of installerText(parts)) io.stdout(piece);
  return 0;
}

async function partsFor({ embed, platforms, agent }: ShowInstallerArgs, note: (line: string) => void): Promise<InstallerParts> {
  const [name, ...more] = platforms;
  if (more.length > 0) throw new NoRouterError("usage", "An installer carries the agent for one '--platform'");
  if (name !== undefined && !embed) throw new NoRouterError("usage", "'--platform' goes with '--embed'");
  if (agent !== undefined && name === undefined) throw new NoRouterError("usage", "'--agent' goes with '--platform'");
  if (!embed) return viaNpm();
  if (name === undefined) return carriedScript();
  const platform = parsePlatform(name);
  if (formFor(platform, agent) === "program") return carriedProgram(platform, await agentProgram(platform, note));
  return carriedEngine(platform, [await agentEngine(platform, note), await agentScript()]);
}

function viaNpm(): InstallerParts {
  return {
    version: VERSION,
    what: "the whole of it, fetched with npm",
    name: `${VERSION}-npm`,
    needs: `  find_node || fail_without 'Node 22 or later'
  has npm || fail_without npm
  with="on $node"
`,
    put: [
      `  npm install --prefix "$new" --no-audit --no-fund --loglevel=error "norouter@$version" </dev/null >&2 ||
    fail "npm could not fetch norouter $version; do without it: norouter show-installer --embed | ssh HOST sh"
`,
    ],
    words: `  say "$(quote "$node") $(quote "$1/node_modules/norouter/cli/norouter.mjs")"\n`,
  };
}

async function carriedScript(): Promise<InstallerParts> {
  const { bytes, sha256 } = await agentScript();
  const text = Buffer.from(bytes).toString("utf8");
  return {
    version: VERSION,
    what: "the agent alone, for Node 22, Deno or Bun",
    name: `${VERSION}-script`,
    needs: `  if find_node; then runtime=$(quote "$node")
  elif has deno; then runtime="$(quote "$(command -v deno)") run --quiet --no-config -A"
  elif has bun; then runtime=$(quote "$(command -v bun)")
  else fail_without 'Node 22, Deno or Bun'; fi
  with="the agent alone, on $runtime"
`,
    put: [
      `  cat > "$new/agent.mjs" <<'${END_OF_FILE}'\n`,
      text.endsWith("\n") ? text : `${text}\n`,
      `${END_OF_FILE}\n  check "$new/agent.mjs" ${sha256}\n`,
    ],
    words: `  say "$runtime $(quote "$1/agent.mjs")"\n`,
  };
}

async function carriedEngine(platform: AgentPlatform, files: readonly AgentFile[]): Promise<InstallerParts> {
  const packed = await Promise.all(files.map((file) => bytesOf(file, true)));
  return {
    version: VERSION,
    what: `the agent alone, with an engine for ${engineName(platform)}`,
    name: `${VERSION}-${engineName(platform)}`,
    needs: needsOf(platform, "the agent alone, on its own engine"),
    put: carriedFiles(files.map(({ name, sha256 }, index) => ({ name, sha256, packed: () => packed[index] ?? Buffer.of() }))),
    words: `  say "$(quote "$1/engine") $(quote "$1/agent.mjs")"\n`,
  };
}

function carriedProgram(platform: AgentPlatform, files: readonly StoredFile[]): InstallerParts {
  return {
    version: VERSION,
    what: `the agent alone, as a program for ${platformName(platform)}`,
    name: `${VERSION}-${platformName(platform)}`,
    needs: needsOf(platform, "the agent alone, as a program"),
    put: carriedFiles(files.map(({ name, sha256, path }) => ({ name, sha256, packed: () => readFileSync(`${path}.gz`) }))),
    words: platform.glibc
      ? `  quote "$1/agent"\n`
      : `  say "$(quote "$1/loader") --library-path $(quote "$1") $(quote "$1/agent")"\n`,
  };
}

/** The host is of the platform, and can unpack. */
function needsOf({ os, arch }: AgentPlatform, what: string): string {
  const kind = os === "linux" ? "Linux" : "Darwin";
  const machine = arch === "x64" ? "x86_64 | amd64" : "aarch64 | arm64";
  return `  [ "$(uname -s)" = ${kind} ] || fail "this host is $(uname -s), and the agent is for ${kind}"
  case $(uname -m) in
    ${machine}) ;;
    *) fail "this host is $(uname -m), and the agent is for ${arch}" ;;
  esac
  for tool in base64 gzip; do
    has "$tool" || fail "the program '$tool' is not installed here"
  done
  with="${what}"
`;
}

/** A file that is carried; its bytes are asked for when it is its turn. */
interface Carried {
  readonly name: string;
  readonly sha256: string;
  packed(): Buffer;
}

/** One file is in memory at a time. */
function* carriedFiles(files: readonly Carried[]): Generator<string> {
  for (const { name, packed, sha256 } of files) {
    yield `  base64 -d <<'${END_OF_FILE}' | gzip -dc > "$new/${name}"\n`;
    yield* base64(packed());
    yield `${END_OF_FILE}\n  check "$new/${name}" ${sha256}\n  chmod 755 "$new/${name}"\n`;
  }
}

function* base64(bytes: Buffer): Generator<string> {
  for (let start = 0; start < bytes.length; start += LINE_BYTES * LINES_AT_ONCE) {
    const text = bytes.toString("base64", start, Math.min(bytes.length, start + LINE_BYTES * LINES_AT_ONCE));
    yield text.replace(/.{1,76}/g, "$&\n");
  }
}
