// Included ahead of QuickJS's own sources. QuickJS 2025-04-26 counts the leading zeros of 0 where it writes a BigInt such as 2n ** 63n,
// for which C promises no result: the text then has a buffer of a random size.

#ifndef QUICKJS_MENDS_H
#define QUICKJS_MENDS_H

#define __builtin_clz(word) ((word) == 0 ? 32 : __builtin_clz(word))
#define __builtin_clzll(word) ((word) == 0 ? 64 : __builtin_clzll(word))
#define __builtin_ctz(word) ((word) == 0 ? 32 : __builtin_ctz(word))
#define __builtin_ctzll(word) ((word) == 0 ? 64 : __builtin_ctzll(word))

#endif
