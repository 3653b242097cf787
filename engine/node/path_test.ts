// node:path, by examples whose results are those of Node's documents, and by properties.

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";

const { posix } = path;
/** Paths of few parts, so that all odd ones come up. */
const anyPath = fc
  .array(fc.constantFrom("/", "/", ".", "..", "a", "b.c", ".d", "é", " "), { maxLength: 8 })
  .map((all) => all.join(""));

test("paths are normalized, joined and resolved", () => {
  assert.equal(posix.normalize("/foo/bar//baz/asdf/quux/.."), "/foo/bar/baz/asdf");
  assert.deepEqual(["", "/", "./", "a/..", "a/../", "../..", "/..", "//a", "./a/"].map(posix.normalize), [
    ".",
    "/",
    "./",
    ".",
    "./",
    "../..",
    "/",
    "/a",
    "a/",
  ]);
  assert.equal(posix.join("/foo", "bar", "baz/asdf", "quux", ".."), "/foo/bar/baz/asdf");
  assert.deepEqual([posix.join(), posix.join("", ""), posix.join("a", "", "..", "..")], [".", ".", ".."]);
  assert.equal(posix.resolve("/foo/bar", "./baz"), "/foo/bar/baz");
  assert.equal(posix.resolve("/foo/bar", "/tmp/file/"), "/tmp/file");
  assert.equal(posix.resolve("a"), `${process.cwd()}/a`);
  assert.equal(posix.relative("/data/orandea/test/aaa", "/data/orandea/impl/bbb"), "../../impl/bbb");
  assert.equal(posix.relative("/a", "/a"), "");
});

test("paths are taken apart and put together", () => {
  assert.deepEqual(posix.parse("/home/user/dir/file.txt"), {
    root: "/",
    dir: "/home/user/dir",
    base: "file.txt",
    ext: ".txt",
    name: "file",
  });
  assert.equal(posix.format({ root: "/ignored", dir: "/home/user/dir", base: "file.txt" }), "/home/user/dir/file.txt");
  assert.deepEqual(["a.b.c", ".a", "a.", "..", "", "a/.b.c", "a.b/"].map(posix.extname), [".c", "", ".", "", "", ".c", ".b"]);
  assert.deepEqual(["/a/b", "/a", "a", "//a", "a//b", "/", "", "a/b/"].map(posix.dirname), [
    "/a",
    "/",
    ".",
    "//",
    "a/",
    "/",
    ".",
    "a",
  ]);
  assert.deepEqual([posix.basename("/a/b.html", ".html"), posix.basename("a", "a"), posix.basename("b/a", "a")], ["b", "", "a"]);
  assert.deepEqual([posix.sep, posix.delimiter, posix.isAbsolute("/a"), posix.isAbsolute("./a")], ["/", ":", true, false]);
});

test("what was normalized or resolved stays as it is", () => {
  fc.assert(
    fc.property(anyPath, anyPath, (one, other) => {
      const normal = posix.normalize(one);
      assert.equal(posix.normalize(normal), normal);
      const whole = posix.resolve(one, other);
      assert.equal(posix.resolve(whole), whole);
      assert.ok(posix.isAbsolute(whole) && !/\/\.{0,2}(\/|$)/.test(whole.slice(1)) && (whole === "/" || !whole.endsWith("/")));
    }),
  );
});

test("a relative path leads to where it was made for", () => {
  fc.assert(
    fc.property(anyPath, anyPath, (from, to) => {
      assert.equal(posix.resolve(from, posix.relative(from, to)), posix.resolve(to));
    }),
  );
});

test("the parts of a path are the path", () => {
  fc.assert(
    fc.property(anyPath, (one) => {
      const { dir, base, ext, name, root } = posix.parse(one);
      assert.equal(name + ext, base);
      assert.equal(root, posix.isAbsolute(one) ? "/" : "");
      assert.equal(posix.normalize(posix.format({ dir, base, root })), posix.normalize(one.replace(/\/+$/, "") || root));
    }),
  );
});

test("what is no text is refused", () => {
  for (const call of [posix.normalize, posix.join, posix.resolve, posix.dirname, posix.basename, posix.isAbsolute]) {
    assert.throws(() => call(1 as unknown as string), { name: "TypeError", code: "ERR_INVALID_ARG_TYPE" });
  }
});
