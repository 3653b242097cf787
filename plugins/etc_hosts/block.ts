// The block of lines that one norouter has in a hosts file, on bytes: whatever else the file holds stays as it is. Pure.

/** Who a block belongs to. */
export interface Owner {
  /** What the markers name: one line, with a space nowhere at its ends. */
  readonly name: string;
  /** Whether a block of another name belongs to nobody any more, and is this owner's to replace. */
  readonly inherits?: (name: string) => boolean;
}

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

/** The name of the block that the Go program of the same name leaves behind when it is killed. */
const FROM_GO = "<Added-by-NoRouter>";
const OWED = " (the line before had no end)";

/**
 * The file with the block of `owner` put in, brought up to date in its place, or, without `lines`, taken out. Only lines
 * between a whole pair of the owner's markers are ours, or of markers that it inherits; a marker without its partner is taken
 * out alone. Taking a block out gives back, byte for byte, the file that it was put into.
 * @param lines Without line ends.
 */
export function withBlock(file: Uint8Array, owner: Owner, lines: readonly string[] | undefined): Uint8Array {
  // One character a byte, whatever the file's encoding is.
  const { head, tail, eol, owed } = split(Buffer.from(file).toString("latin1"), owner);
  const given = owed && tail === "" ? head.slice(0, -eol.length) : head;
  if (!lines) return Buffer.from(given + tail, "latin1");
  const marked = [`# BEGIN norouter ${owner.name}${owed ? OWED : ""}`, ...lines, `# END norouter ${owner.name}`];
  return Buffer.from(head + marked.map((line) => line + eol).join("") + tail, "latin1");
}

function split(text: string, owner: Owner): Split {
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

function piecesOf(text: string, owner: Owner): Piece[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const known = new Map<string, boolean>();
  const isOurs = (name: string) => {
    const answer = known.get(name) ?? (name === owner.name || name === FROM_GO || owner.inherits?.(name) === true);
    known.set(name, answer);
    return answer;
  };
  const pieces: Piece[] = [];
  for (let at = 0; at < lines.length; ) {
    const marker = markerOf(lines[at] ?? "");
    const ours = marker !== undefined && isOurs(marker.name);
    const last = ours && marker.begins ? endOfBlock(lines, at, marker.name) : at;
    pieces.push({ text: lines.slice(at, last + 1).join(""), ours });
    at = last + 1;
  }
  return pieces;
}

/** Where the block that begins at a line ends; the line itself when another block's marker comes first, or none. */
function endOfBlock(lines: readonly string[], from: number, name: string): number {
  for (let at = from + 1; at < lines.length; at++) {
    const marker = markerOf(lines[at] ?? "");
    if (marker) return !marker.begins && marker.name === name ? at : from;
  }
  return from;
}

/** What a line says when it is a marker, whoever's. */
function markerOf(line: string): { readonly begins: boolean; readonly name: string } | undefined {
  const text = withoutEnd(line);
  if (text === `# ${FROM_GO}` || text === `# ${FROM_GO.replace("<", "</")}`) return { begins: text[3] !== "/", name: FROM_GO };
  const [, word, name = ""] = /^# (BEGIN|END) norouter (.*)$/s.exec(text) ?? [];
  if (word === undefined) return undefined;
  const begins = word === "BEGIN";
  return { begins, name: begins && name.endsWith(OWED) ? name.slice(0, -OWED.length) : name };
}

function withoutEnd(line: string): string {
  return line.replace(/\r?\n?$/, "");
}
