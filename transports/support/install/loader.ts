// The program of one line that a runtime on a host is started with: reads the agent from standard input, keeps it
// where it can, and becomes it. A text, since it runs elsewhere; it must do with what every runtime has.

import { FORMS, UNUSED_MINUTES } from "./names.ts";
import { MARK } from "./probe.ts";

/** What the loader is told. */
export interface LoaderOptions {
  /** The agent's name on hosts. */
  readonly name: string;
  /** Bytes as they come, with gzip. */
  readonly packedSize: number;
  /** Of the unpacked bytes. */
  readonly sha256: string;
  /** Folder to keep the agent in; empty: it is not kept. */
  readonly place: string;
  /** Letters and digits that no other start has. */
  readonly nonce: string;
  /** Its file `start`. */
  readonly starts: string;
}

const LOADER = [
  "(async (o) => {",
  `const fs = await import("node:fs"), { createHash } = await import("node:crypto"), { gunzipSync } = await import("node:zlib");`,
  `const say = (mark) => fs.writeSync(1, "\\n${MARK}" + mark + "\\n");`,
  "const packed = Buffer.alloc(o.packedSize);",
  `say("send");`,
  "for (let at = 0; at < packed.length; )",
  "try { const count = fs.readSync(0, packed, at, packed.length - at, null); if (count === 0) process.exit(1); at += count; }",
  `catch (thrown) { if (thrown.code !== "EAGAIN") throw thrown; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2); }`,
  "let bytes = packed;",
  "try { bytes = gunzipSync(packed); } catch {}",
  `if (createHash("sha256").update(bytes).digest("hex") !== o.sha256) { say("failed agent-damaged"); process.exit(1); }`,
  `const agents = o.place + "/agents", part = agents + "/.part-" + o.nonce, kept = agents + "/" + o.name;`,
  `const remove = (path) => fs.rmSync(path, { recursive: true, force: true });`,
  `if (o.place !== "") try {`,
  "fs.mkdirSync(part, { mode: 0o700 });",
  `fs.writeFileSync(part + "/agent.mjs", bytes);`,
  `fs.writeFileSync(part + "/start", o.starts);`,
  `if (fs.existsSync(kept)) fs.renameSync(kept, part + ".old");`,
  "fs.renameSync(part, kept);",
  `remove(part + ".old");`,
  // While another start is under way nothing is removed, and nothing that was started within an hour. What has another name is
  // somebody else's.
  `const at = (name) => agents + "/" + name, starts = (name) => name.startsWith(".part-") && fs.existsSync(at(name));`,
  `const unused = (path) => Date.now() - fs.statSync(path).mtimeMs > ${UNUSED_MINUTES * 60_000};`,
  "const others = fs.readdirSync(agents).filter((name) => name !== o.name);",
  "if (!others.some(starts)) {",
  `const hash = o.name.split("-")[0], ours = /^([0-9a-f]{16})-(${FORMS.join("|")})$/, engines = o.place + "/engines";`,
  "for (const name of others) if (ours.test(name) && ours.exec(name)[1] !== hash && unused(at(name))) remove(at(name));",
  `if (fs.existsSync(engines) && !fs.readdirSync(agents).some((name) => name.endsWith("-engine"))) {`,
  `for (const name of fs.readdirSync(engines)) if (/^[0-9a-f]{16}$/.test(name) && unused(engines + "/" + name)) remove(engines + "/" + name);`,
  "if (fs.readdirSync(engines).length === 0) fs.rmdirSync(engines); } }",
  // Without a copy the agent runs all the same, and is sent again the next time.
  "} catch { remove(part); }",
  `say("start");`,
  `process.argv = [process.argv[0], "norouter", "agent"];`,
  `await import("data:text/javascript;base64," + bytes.toString("base64"));`,
  "})",
].join(" ");

const FAILED = `.catch((thrown) => { console.error(String(thrown)); process.exit(1); })`;

/** The loader for one agent, without a line end. */
export function loaderSource(options: LoaderOptions): string {
  return `${LOADER}(${JSON.stringify(options)})${FAILED}`;
}
