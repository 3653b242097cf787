// Files and folders, in the folder in which this starts.

import type { FileFacts } from "engine:host";

const [RDWR_CREAT, ENOENT, EINVAL, ENAMETOOLONG, EBADF] = [0o102, -2, -22, -36, -9];
const fd = host.open("a", RDWR_CREAT, 0o600);
expect(fd > 2, true);
expect(host.write(fd, bytes(1, 2, 3), 1), 2);
expect(host.writeAt(fd, bytes(9, 8, 7), 1, 2, 0), 2);
const buffer = new Uint8Array(5);
expect(host.readAt(fd, buffer, 1, 3, 0), 2);
expect(buffer, bytes(0, 8, 7, 0, 0));
expect(host.readAt(fd, buffer, 5, 0, 0), 0);

// Nothing outside of the array, whatever the numbers are.
for (const [offset, length, position] of [
  [3, 3, 0],
  [-1, 2, 0],
  [6, 0, 0],
  [0, -1, 0],
  [2 ** 53, 1, 0],
  [0, 2 ** 64, 0],
  [Number.NaN, 1, 0],
  [0, Number.POSITIVE_INFINITY, 0],
  [0, 1, -2],
  [0, 1, Number.NaN],
  [0, 1, 2 ** 63],
] as const) {
  expect(host.readAt(fd, buffer, offset, length, position), EINVAL);
  expect(host.writeAt(fd, buffer, offset, length, position), EINVAL);
}
expect(host.write(fd, buffer, 6), EINVAL);
expect(host.write(fd, buffer, -1), EINVAL);
expect(host.write(fd, buffer, 5), 0);
expectThrow(() => host.read(fd, "text" as unknown as Uint8Array), TypeError);
expectThrow(() => host.read(1.5, buffer), RangeError);

expect(host.ftruncate(fd, 1), 0);
expect(host.ftruncate(fd, -1), EINVAL);
expect((host.fstat(fd) as FileFacts)[1], 1);
expect([host.fchmod(fd, 0o640), host.fchown(fd, -1, -1), host.fsync(fd), host.close(fd), host.close(fd)], [0, 0, 0, 0, EBADF]);
expect((host.stat("a", true) as FileFacts)[0] & 0o777, 0o640);
expect(host.utimes("a", 1000.5, -2000.25), 0);
expect((host.stat("a", true) as FileFacts).slice(7, 9), [1000.5, -2000.25]);

expect([host.rename("a", "b"), host.symlink("b", "c"), host.link("b", "d")], [0, 0, 0]);
expect([host.readlink("c"), host.realpath("c"), host.readlink("b")], ["b", `${host.cwd()}/b`, EINVAL]);
expect((host.stat("c", false) as FileFacts)[0] >> 12, 0o12);
expect([host.mkdir("e", 0o700), host.mkdir("e", 0o700), host.rmdir("e")], [0, -17, 0]);
const made = host.mkdtemp("f-XXXXXX") as string;
expect([/^f-\w{6}$/.test(made), host.rmdir(made), host.mkdtemp("f")], [true, 0, EINVAL]);
const names = host.readdir(".") as readonly (readonly [string, number])[];
expect(
  names
    .map(([name, type]) => `${name} ${type}`)
    .filter((line) => /^. /.test(line))
    .toSorted(),
  ["b 8", "c 10", "d 8"],
);
expect([host.access("b", 4), host.access("none", 0), host.chmod("b", 0o600), host.chown("b", -1, -1)], [0, ENOENT, 0, 0]);
for (const name of ["b", "c", "d"]) expect(host.unlink(name), 0);
expect([host.stat("b", true), host.readdir("b"), host.open("b", 0, 0), host.realpath("b")], [ENOENT, ENOENT, ENOENT, ENOENT]);
expect([host.open("a\0b", RDWR_CREAT, 0o600), host.open("x".repeat(5000), 0, 0)], [EINVAL, ENAMETOOLONG]);
expectThrow(() => host.open(1 as unknown as string, 0, 0), TypeError);
expect([host.chdir("."), host.chdir("none")], [0, ENOENT]);

// A tree with names that are not UTF-8, for which a text has no bytes, and with a link that is not followed.
const MAKE = `mkdir -p tree/deep kept && : > kept/file && cd tree && ln -s ../kept link && mkdir "$(printf '\\300')" &&
  for path in a "$(printf 'b\\377')" deep/c "deep/$(printf '\\200')" "$(printf '\\300/\\377')"; do : > "$path"; done`;
const status = await new Promise((resolve) => host.spawn("/bin/sh", ["sh", "-c", MAKE], ["PATH=/usr/bin:/bin"], resolve));
expect(status, 0);
expect([host.removeTree("tree"), host.stat("tree", false)], [undefined, ENOENT]);
expect([host.unlink("kept/file"), host.rmdir("kept")], [0, 0]);
expect(host.removeTree("none"), undefined);
const file = host.open("file", RDWR_CREAT, 0o600);
expect([host.removeTree("file"), host.close(file), host.unlink("file")], [[-20, "scandir", "file"], 0, 0]);
expect(host.removeTree(`/${"x".repeat(300)}`), [ENAMETOOLONG, "scandir", `/${"x".repeat(300)}`]);
