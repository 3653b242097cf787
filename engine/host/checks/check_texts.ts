// Texts, bytes and hashes.

export {};

const { decodeUtf8, encodeUtf8, validUtf8, encodeLatin1, decodeLatin1, encodeBase64, decodeBase64, encodeHex } = host;

for (const text of ["", "abc", "h\u00e9llo \u20ac \ud83d\ude00 \uffff \0", "x".repeat(100_000), "\u00e9".repeat(70_000)])
  expect(decodeUtf8(encodeUtf8(text)), text);

// Maximal subparts, as in The Unicode Standard, table 3-8 and its neighbours.
expect(decodeUtf8(bytes(0x61, 0xf1, 0x80, 0x80, 0xe1, 0x80, 0xc2, 0x62, 0x80, 0x63, 0x80, 0xbf, 0x64)), "a���b�c��d");
expect(decodeUtf8(bytes(0xc0, 0xaf, 0xe0, 0x80, 0xbf, 0xf0, 0x81, 0x82, 0x41)), `${"�".repeat(8)}A`);
expect(decodeUtf8(bytes(0xed, 0xa0, 0x80, 0xed, 0xbf, 0xbf, 0xed, 0xaf, 0x41)), `${"�".repeat(8)}A`);
expect(decodeUtf8(bytes(0xf4, 0x91, 0x92, 0x93, 0xff, 0x41, 0x80, 0xbf, 0x42)), "�����A��B");
expect(validUtf8(bytes(0x41, 0xe2, 0x82, 0xac, 0xe2, 0x82)), 4);
expect(validUtf8(bytes(0x41, 0xff)), 1);
expect(validUtf8(bytes()), 0);

expect(decodeLatin1(bytes(0x41, 0xe9, 0xff, 0x80)), "A\u00e9\u00ff\u0080");
expect(encodeLatin1("A\u00e9\u20ac\ud83d\ude00"), bytes(0x41, 0xe9, 0xac, 0x3d, 0x00));
expect(decodeLatin1(encodeLatin1("\u00e9".repeat(50_000))).length, 50_000);

expect(encodeBase64(bytes(0xfb, 0xff, 1), false), "+/8B");
expect(encodeBase64(bytes(1), false), "AQ==");
expect(encodeBase64(bytes(0xfb, 0xff), true), "-_8");
expect(decodeBase64("-_8 B\n\u20ac=zzz"), bytes(0xfb, 0xff, 1));
expect(encodeHex(bytes(0, 0xab, 0xff)), "00abff");

const hash = host.sha256();
hash.update(encodeUtf8("a"));
hash.update(encodeUtf8("bc"));
expect(encodeHex(new Uint8Array(hash.digest())), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
expectThrow(() => hash.digest(), TypeError);
expectThrow(() => hash.update(bytes(1)), TypeError);
expectThrow(() => hash.update.call({}, bytes(1)), TypeError);

const random = new Uint8Array(64);
expect(host.fillRandom(random) === random && random.some((byte) => byte !== 0), true);
const whole = new Uint8Array(40);
host.fillRandom(new DataView(whole.buffer, 4, 32));
expect([whole.subarray(0, 4).join(), whole.subarray(36).join()], ["0,0,0,0", "0,0,0,0"]);
host.fillRandom(new Uint32Array(whole.buffer, 8, 2));
for (const wrong of [{}, whole.buffer, { buffer: whole.buffer, byteOffset: 39, byteLength: 2 }, { byteOffset: 0, byteLength: 0 }])
  expectThrow(() => host.fillRandom(wrong as Uint8Array), TypeError);
