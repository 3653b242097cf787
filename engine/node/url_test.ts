// URL, URLSearchParams and node:url.

import assert from "node:assert/strict";
import { test } from "node:test";
import { domainToASCII, domainToUnicode, fileURLToPath, pathToFileURL } from "node:url";
import fc from "fast-check";

/** Node's older parser leaves `^` in a path, and judges names in ASCII too. */
const IS_OLD_NODE = process.versions.engine === undefined && Number(process.versions.node.split(".")[0]) < 24;

const hrefOf = (text: string, base?: string) => (URL.canParse(text, base) ? new URL(text, base).href : undefined);

test("a URL in all its parts", () => {
  const url = new URL("HTTP://us%65r:p:w@EXAMPLE.com:8080/a/./b/../c d?q=ü'#h`");
  assert.deepEqual(
    [url.protocol, url.username, url.password, url.host, url.hostname, url.port, url.pathname, url.search, url.hash, url.origin],
    [
      "http:",
      "us%65r",
      "p%3Aw",
      "example.com:8080",
      "example.com",
      "8080",
      "/a/c%20d",
      "?q=%C3%BC%27",
      "#h%60",
      "http://example.com:8080",
    ],
  );
  assert.equal(`${url}`, "http://us%65r:p%3Aw@example.com:8080/a/c%20d?q=%C3%BC%27#h%60");
  assert.deepEqual([url.toJSON(), JSON.stringify({ url })], [url.href, `{"url":"${url.href}"}`]);
});

test("what norouter's own keys have", () => {
  const { hostname, port, username, password, protocol, pathname } = new URL("socks5://us:p%40w@10.0.0.1:1080");
  assert.deepEqual([protocol, username, password, hostname, port, pathname], ["socks5:", "us", "p%40w", "10.0.0.1", "1080", ""]);
  assert.deepEqual([new URL("socks5://[2001:db8::0:1]:1").hostname, new URL("http://h:80/").port], ["[2001:db8::1]", ""]);
  assert.equal(hrefOf("https://host:65536"), undefined);
  assert.equal(hrefOf("/journal?since=1", "http://localhost"), "http://localhost/journal?since=1");
});

test("addresses in every form, and hosts that are none", () => {
  const hosts: readonly (readonly [string, string | undefined])[] = [
    ["0x7f.1", "127.0.0.1"],
    ["0177.0.0.0x1", "127.0.0.1"],
    ["2130706433", "127.0.0.1"],
    ["127.1.", "127.0.0.1"],
    ["1.2.3.256", undefined],
    ["1.2.3.4.5", undefined],
    ["a.1", undefined],
    ["09.1.1.1", undefined],
    ["[::ffff:1.2.3.4]", "[::ffff:102:304]"],
    ["[1:0:0:2:0:0:0:3]", "[1:0:0:2::3]"],
    ["[::1%25lo]", undefined],
    ["[1::2::3]", undefined],
    ["ex%41mple", "example"],
    ["a%00b", undefined],
    ["a b", undefined],
    ["a|b", undefined],
    ["ｅxample．org", "example.org"],
    ["faß.de", "xn--fa-hia.de"],
    ["", undefined],
  ];
  for (const [host, wanted] of hosts) {
    assert.equal(URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : undefined, wanted, host);
  }
  assert.equal(new URL("foo://A%41|b".replace("|", "")).hostname, "A%41b");
});

test("relative addresses, and other schemes", () => {
  const base = "http://a/b/c/d;p?q";
  // RFC 3986 section 5.4.
  const examples: Readonly<Record<string, string>> = {
    "g:h": "g:h",
    g: "http://a/b/c/g",
    "./g": "http://a/b/c/g",
    "g/": "http://a/b/c/g/",
    "/g": "http://a/g",
    "//g": "http://g/",
    "?y": "http://a/b/c/d;p?y",
    "g?y#s": "http://a/b/c/g?y#s",
    "#s": "http://a/b/c/d;p?q#s",
    "": "http://a/b/c/d;p?q",
    ".": "http://a/b/c/",
    "../..": "http://a/",
    "../../../g": "http://a/g",
    "g/%2e%2E/h": "http://a/b/c/h",
    "\\x": "http://a/x",
  };
  for (const [text, wanted] of Object.entries(examples)) assert.equal(hrefOf(text, base), wanted, text);
  assert.deepEqual(
    ["mailto:a@b", "data:text/plain,x y", "file:///a/../b", "file:C|/x/..", "foo:/..//p", "http:\\\\a\\b", " http://a\t/\n"].map(
      (text) => hrefOf(text),
    ),
    ["mailto:a@b", "data:text/plain,x y", "file:///b", "file:///C:/", "foo:/.//p", "http://a/b", "http://a/"],
  );
  assert.deepEqual([hrefOf("x"), hrefOf("http://"), hrefOf("x", "mailto:a"), hrefOf("http://u@/")], Array(4).fill(undefined));
  if (!IS_OLD_NODE) assert.equal(hrefOf("http://a/^"), "http://a/%5E");
});

test("a wrong URL is refused with what it was", () => {
  assert.throws(() => new URL("nonsense"), {
    name: "TypeError",
    code: "ERR_INVALID_URL",
    message: "Invalid URL",
    input: "nonsense",
  });
  assert.equal(URL.parse("nonsense"), null);
});

test("parts are set, and what cannot be used changes nothing", () => {
  const url = new URL("http://host/path");
  Object.assign(url, { port: "81x", hostname: "new", username: "u:", hash: "h", search: "a=1", pathname: "b c" });
  assert.equal(url.href, "http://u%3A@new:81/b%20c?a=1#h");
  Object.assign(url, { port: "99999", hostname: "a b", protocol: "foo" });
  assert.equal(url.host, "new:81");
  Object.assign(url, { host: "x:82", protocol: "https:", hash: "", search: "", username: "", port: "443" });
  assert.equal(url.href, "https://x/b%20c");
  url.href = "file:///x";
  Object.assign(url, { port: "1", username: "u", host: "h:1" });
  assert.equal(url.href, "file:///x");
  assert.throws(() => Object.assign(url, { href: "x" }), { code: "ERR_INVALID_URL" });
});

test("parameters follow their URL, and it follows them", () => {
  const url = new URL("http://h/?a=1&b=2%203&a=+");
  const { searchParams: params } = url;
  assert.deepEqual(
    [...params],
    [
      ["a", "1"],
      ["b", "2 3"],
      ["a", " "],
    ],
  );
  params.append("c", "ü&");
  params.delete("a", "1");
  assert.equal(url.search, "?b=2+3&a=+&c=%C3%BC%26");
  url.search = "x=y";
  assert.deepEqual([params.get("x"), params.has("b"), params.size], ["y", false, 1]);
  params.delete("x");
  assert.equal(url.href, "http://h/");
});

test("parameters by themselves", () => {
  const params = new URLSearchParams("?z=1&a=2&z=3&empty&=v&%zz=%41");
  assert.deepEqual(params.getAll("z"), ["1", "3"]);
  assert.deepEqual([params.get("empty"), params.get(""), params.get("%zz"), params.get("none")], ["", "v", "A", null]);
  params.set("z", "9");
  params.sort();
  assert.equal(params.toString(), "=v&%25zz=A&a=2&empty=&z=9");
  assert.deepEqual(
    [new URLSearchParams({ a: "1" }).toString(), new URLSearchParams([["b", "~*!'()"]]).toString()],
    ["a=1", "b=%7E*%21%27%28%29"],
  );
  assert.throws(() => new URLSearchParams([["a"]] as never), { code: "ERR_INVALID_TUPLE" });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }))), (pairs) => {
      const text = new URLSearchParams(pairs).toString();
      assert.deepEqual(
        [...new URLSearchParams(text)],
        pairs.map(([name, value]) => [name.toWellFormed(), value.toWellFormed()]),
      );
    }),
  );
});

test("a URL that was read is read again as itself", () => {
  const part = fc.constantFrom(
    "http://",
    "foo://",
    "file:",
    "/",
    "\\",
    "?",
    "#",
    "@",
    ":",
    "a",
    "B.c",
    "..",
    "%2e",
    "%41",
    "[::1]",
    "é",
    " ",
    "1",
    "'",
    "|",
    "^",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 9 }), fc.constantFrom(undefined, "http://h/p", "file:///x"), (parts, base) => {
      const href = hrefOf(parts.join(""), base);
      if (href !== undefined) assert.equal(hrefOf(href), href);
    }),
    { numRuns: 1000 },
  );
});

test("files' paths and their addresses", () => {
  assert.equal(pathToFileURL("/a b/%#?\\\n").href, "file:///a%20b/%25%23%3F%5C%0A");
  assert.equal(pathToFileURL("/dir/").href, "file:///dir/");
  assert.equal(fileURLToPath("file:///a%20b/%C3%BC"), "/a b/ü");
  assert.equal(fileURLToPath(new URL("file://localhost/x")), "/x");
  assert.throws(() => fileURLToPath("http://a"), { code: "ERR_INVALID_URL_SCHEME" });
  assert.throws(() => fileURLToPath("file://host/a"), { code: "ERR_INVALID_FILE_URL_HOST" });
  assert.throws(() => fileURLToPath("file:///a%2Fb"), { code: "ERR_INVALID_FILE_URL_PATH" });
  assert.throws(() => fileURLToPath(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
});

test("names in other letters", () => {
  assert.deepEqual(["español.com", "中文.com", "xn--iñvalid.com", "BÜCHER.example"].map(domainToASCII), [
    "xn--espaol-zwa.com",
    "xn--fiq228c.com",
    "",
    "xn--bcher-kva.example",
  ]);
  assert.deepEqual(["xn--espaol-zwa.com", "xn--fiq228c.com", "xn--iñvalid.com", "a.b"].map(domainToUnicode), [
    "español.com",
    "中文.com",
    "",
    "a.b",
  ]);
});

test("a question mark in the query belongs to the first name", () => {
  const url = new URL("http://h/??a=1&b");
  assert.deepEqual(
    [...url.searchParams],
    [
      ["?a", "1"],
      ["b", ""],
    ],
  );
  url.search = "??c";
  assert.deepEqual([...url.searchParams], [["?c", ""]]);
});
