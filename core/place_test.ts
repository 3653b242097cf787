// Each place is written in one way.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Place, showPlace } from "./place.ts";

test("a port stands behind a name, an IPv4 address, or an IPv6 address in brackets; a path behind 'unix:'", () => {
  const written: readonly [Place, string][] = [
    [{ host: "web", port: 80 }, "web:80"],
    [{ host: "127.0.42.1", port: 8080 }, "127.0.42.1:8080"],
    [{ host: "::1", port: 53 }, "[::1]:53"],
    [{ host: "fe80::1%eth0", port: 1 }, "[fe80::1%eth0]:1"],
    [{ path: "/run/mysqld/mysqld.sock" }, "unix:/run/mysqld/mysqld.sock"],
    [{ path: "/a:b" }, "unix:/a:b"],
  ];
  for (const [place, text] of written) assert.equal(showPlace(place), text);
});
