// The block of lines that one norouter has in a hosts file, on bytes: whatever else the file holds stays as it is. Pure.

/** What is known of a file's own part. */
interface Split {
  /** Foreign text before and after the place of the block; without any line of ours. */
  readonly head: string;
  readonly tail: string;
  /** The line end of the block. */
  readonly eol: string;
  /** The last line end of `head` is ours: the file had none there. */
  readonly owed: boolean;
}

const OWED = " (the line before had no end)";

/**
 * The file with the block of `owner` put in, brought up to date in its place, or, without `lines`, taken out. Only lines
 * between a whole pair of the owner's markers are ours; a marker without its partner is taken out alone. Taking a block out
 * gives back, byte for byte, the file that it was put into.
 * @param owner What the markers name; one line.
 * @param lines Without line ends.
 */
export function withBlock(file: Uint8Array, owner: string, lines: readonly string[] | undefined): Uint8Array {
  // One character a byte, whatever the file's encoding is.
  const { head, tail, eol, owed } = split(Buffer.from(file).toString("latin1"), owner);
  const given = owed && tail === "" ? head.slice(0, -eol.length) : head;
  if (!lines) return Buffer.from(given + tail, "latin1");
  const marked = [`${begin(owner)}${owed ? OWED : ""}`, ...lines, end(owner)];
  return Buffer.from(head + marked.map((line) => line + eol).join("") + tail, "latin1");
}

function begin(owner: string): string {
  return `# BEGIN norouter ${owner}`;
}

function end(owner: string): string {
  return `# END norouter ${owner}`;
}

function split(text: string, owner: string): Split {
  const pieces = piecesOf(text, owner);
  const first = pieces.find(({ ours }) => ours);
  if (!first) {
    const eol = /\r?\n/.exec(text)?.[0] ?? "\n";
    const owed = text !== "" && !text.endsWith("\n");
    return { head: owed ? text + eol : text, tail: "", eol, owed };
  }
  const foreign = (from: number, to?: number) =>
    pieces
      .slice(from, to)
      .map(({ text: piece, ours }) => (ours ? "" : piece))
      .join("");
  const at = pieces.indexOf(first);
  const [marker = ""] = first.text.split("\n", 1);
  const eol = marker.endsWith("\r") ? "\r\n" : "\n";
  const head = foreign(0, at);
  return { head, tail: foreign(at + 1), eol, owed: withoutEnd(marker).endsWith(OWED) && head.endsWith(eol) };
}

/** Lines of the file; a whole block is one piece. */
interface Piece {
  readonly text: string;
  readonly ours: boolean;
}

function piecesOf(text: string, owner: string): Piece[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const begins = [begin(owner), begin(owner) + OWED];
  const pieces: Piece[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = withoutEnd(lines[at] ?? "");
    const last = begins.includes(line) ? endOfBlock(lines, at, owner) : at;
    const ours = begins.includes(line) || line === end(owner);
    pieces.push({ text: lines.slice(at, last + 1).join(""), ours });
    at = last + 1;
  }
  return pieces;
}

/** Where the block that begins at a line ends; the line itself when another block's marker comes first, or none. */
function endOfBlock(lines: readonly string[], from: number, owner: string): number {
  for (let at = from + 1; at < lines.length; at++) {
    const line = withoutEnd(lines[at] ?? "");
    if (line === end(owner)) return at;
    if (/^# (BEGIN|END) norouter /.test(line)) return from;
  }
  return from;
}

function withoutEnd(line: string): string {
  return line.replace(/\r?\n?$/, "");
}
