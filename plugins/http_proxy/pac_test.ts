// The script for browsers, run as a browser would: what goes to the proxy, and what does not.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { admitted, stamped } from "../../conformance/ledger.ts";
import { decideRoute, destinationOf, fold, type Network, type Route } from "../../core/mod.ts";
import { pacScript } from "./pac.ts";

type Find = (url: string, host: string) => string;

/** Runs a script with what browsers give it. `isInNet` fails for names: a browser would ask a name server. */
function evaluated(script: string): Find {
  const shExpMatch = (text: string, glob: string) =>
    new RegExp(
      `^${glob
        .replace(/[.+^$()[\]{}|\\]/g, "\\$&")
        .replace(/\*/g, ".*")
        .replace(/\?/g, ".")}$`,
    ).test(text);
  const number = (address: string) => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const isInNet = (host: string, net: string, mask: string) => {
    assert.match(host, /^\d+\.\d+\.\d+\.\d+$/);
    return (number(host) & number(mask)) >>> 0 === (number(net) & number(mask)) >>> 0;
  };
  return new Function("shExpMatch", "isInNet", `"use strict"; ${script}; return FindProxyForURL;`)(shExpMatch, isInNet) as Find;
}

function networkOf(routes: readonly Partial<Route>[]): Network {
  return { ...fold(stamped(admitted(2))), routes: routes.map((route) => ({ to: [], notTo: [], via: 1, ...route })) };
}

const PROXY = "PROXY me:8118";
const findIn = (routes: readonly Partial<Route>[]) => evaluated(pacScript(networkOf(routes), "me:8118"));

test("names, aliases and addresses of the network go to the proxy, the rest does not", () => {
  const find = findIn([]);
  for (const host of ["host1", "HOST2", "alias2", "host2.", "127.0.42.2"])
    assert.equal(find(`http://${host}/`, host), PROXY, host);
  for (const host of ["host3", "www.example", "10.0.0.1", "::1", "__proto__", "constructor"])
    assert.equal(find(`http://${host}/`, host), "DIRECT", host);
});

test("so does what routes are about, refused destinations included", () => {
  const find = findIn([
    { to: ["*.corp.example", "10.0.0.0/8", "192.168.4.0/22:443"], notTo: ["www.corp.example", "10.9.0.0/16"] },
    { to: ["ads.example", "BAD.example.:8000-8080"], via: undefined },
    { to: ["2001:db8::/33", "[fd00::/8]:80"] },
  ]);
  for (const [url, host, wanted] of [
    ["http://a.corp.example/", "a.corp.example", PROXY],
    ["http://www.corp.example/", "www.corp.example", "DIRECT"],
    ["http://corp.example/", "corp.example", "DIRECT"],
    ["http://10.1.2.3/", "10.1.2.3", PROXY],
    ["http://10.9.2.3/", "10.9.2.3", "DIRECT"],
    ["https://192.168.7.1/", "192.168.7.1", PROXY],
    ["https://192.168.8.1/", "192.168.8.1", "DIRECT"],
    ["http://192.168.7.1/", "192.168.7.1", "DIRECT"],
    ["http://192.168.7.1:443/a:80", "192.168.7.1", PROXY],
    ["http://10.example/", "10.example", "DIRECT"],
    ["http://ads.example/", "ads.example", PROXY],
    ["http://bad.example:8080/", "bad.example", PROXY],
    ["http://bad.example:8081/", "bad.example", "DIRECT"],
    ["http://u:8080@bad.example/", "bad.example", "DIRECT"],
    ["http://[2001:db8::1]/", "2001:db8::1", PROXY],
    ["http://[2001:db8:8000::1]/", "2001:db8:8000::1", "DIRECT"],
    ["ws://[fd12::1]/", "[fd12::1]", PROXY],
    ["wss://[fd12::1]/", "fd12::1", "DIRECT"],
  ] as const)
    assert.equal(find(url, host), wanted, url);
});

test("nothing that a manifest holds breaks out of its string", () => {
  const name = `"];alert(1);//</script>\u2028\\`;
  const script = pacScript(networkOf([{ to: [name] }]), `x"y`);
  assert.ok(!/[\u2028<]/.test(script.slice(0, script.indexOf("function "))));
  assert.equal(evaluated(script)("http://x/", "x"), "DIRECT");
  assert.equal(evaluated(script)("http://host1/", "host1"), `PROXY x"y`);
});

test("the script and the network decide the same about any name and address", () => {
  const host = fc.constantFrom(
    "a.b",
    "x.a.b",
    "b",
    "host1",
    "10.0.0.1",
    "10.128.0.1",
    "192.168.1.1",
    "fd00::1",
    "fd80:1::2",
    "::ffff",
  );
  const pattern = fc.constantFrom(
    "a.b",
    "*.b",
    "?.b",
    "*",
    "*.b:80",
    "10.0.0.0/9",
    "0.0.0.0/0",
    "10.0.0.1/32:443",
    "fd00::/9",
    "::/0",
    "[fd80::/16]:80",
    "b:1-79",
  );
  const route = fc.record({ to: fc.array(pattern, { minLength: 1, maxLength: 3 }), notTo: fc.array(pattern, { maxLength: 2 }) });
  fc.assert(
    fc.property(fc.array(route, { maxLength: 3 }), host, fc.constantFrom("http", "https"), (routes, name, scheme) => {
      const network = networkOf(routes);
      const shown = name.includes(":") ? `[${name}]` : name;
      const found = evaluated(pacScript(network, "me:8118"))(`${scheme}://${shown}/`, name);
      const decided = decideRoute(network, destinationOf(name, scheme === "http" ? 80 : 443));
      assert.equal(found, decided.to === "outside" ? "DIRECT" : PROXY);
    }),
  );
});
