// What threads do: look-ups and keys, more of them than there are threads.

import type { SocketName } from "engine:host";

const { encodeHex, encodeUtf8 } = host;
const EAI_NONAME = -2;

const lookUp = (name: string) =>
  new Promise<[number, readonly SocketName[]]>((resolve) => host.lookUp(name, (failed, found) => resolve([failed, found])));
const deriveKey = (password: string, salt: string, iterations: number, size: number) =>
  new Promise<string>((resolve) =>
    host.deriveKey(encodeUtf8(password), encodeUtf8(salt), iterations, size, (key) =>
      resolve(key === undefined ? "none" : encodeHex(new Uint8Array(key))),
    ),
  );

expect(await lookUp("127.0.0.1"), [0, [["127.0.0.1", 0, 4]]]);
expect(await lookUp("::1"), [0, [["::1", 0, 6]]]);
for (const name of ["", "127.0.0.1\0x", "x".repeat(300), "x".repeat(100_000)]) expect((await lookUp(name))[0], EAI_NONAME);

expect(await deriveKey("passwd", "salt", 1, 16), "55ac046e56e3089fec1691c22544b605");
expect(await deriveKey("", "", 1, 0), "");
expectThrow(() => host.deriveKey(bytes(), bytes(), 0, 1, () => undefined), RangeError);
expectThrow(() => host.deriveKey(bytes(), bytes(), 1, -1, () => undefined), RangeError);
expectThrow(() => host.deriveKey(bytes(), bytes(), 1, 2 ** 32, () => undefined), RangeError);
expectThrow(() => host.deriveKey(bytes(), bytes(), 1, 1, 1 as unknown as () => void), TypeError);
expectThrow(() => host.lookUp(1 as unknown as string, () => undefined), TypeError);

const keys = await Promise.all(Array.from({ length: 40 }, (_, i) => deriveKey("p", String(i % 4), 200, 48)));
expect(new Set(keys).size, 4);
const names = await Promise.all(Array.from({ length: 200 }, (_, i) => lookUp(`127.0.0.${i}`)));
expect(
  names.map(([, [found]]) => found?.[0]),
  names.map((_, i) => `127.0.0.${i}`),
);
