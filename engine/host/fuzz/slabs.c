// Fuzzes the heap's blocks: a sequence of calls, with the bytes of each block known.

#include "../slabs.h"
#include "fuzz.h"

enum { BLOCKS = 32 };

static struct {
  uint8_t *data;
  size_t size;
  uint8_t byte;
} blocks[BLOCKS];

static void fill(int at, uint8_t *data, size_t size, uint8_t byte) {
  EXPECT(data != NULL && (uintptr_t)data % 8 == 0 && slab_usable(data) >= size);
  blocks[at].data = data;
  blocks[at].size = slab_usable(data);
  blocks[at].byte = byte;
  memset(data, byte, blocks[at].size);
}

static void expect_whole(int at, const uint8_t *data, size_t size) {
  for (size_t i = 0; i < size; i++) EXPECT(data[i] == blocks[at].byte);
}

static void release(int at) {
  if (blocks[at].data == NULL) return;
  expect_whole(at, blocks[at].data, blocks[at].size);
  slab_free(blocks[at].data);
  blocks[at].data = NULL;
}

// Three bytes are a call: which block, and its size; sizes on both sides of the border of small blocks are likely.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  for (size_t i = 0; i + 3 <= size; i += 3) {
    int at = data[i] % BLOCKS;
    size_t wanted = 1 + ((size_t)data[i + 1] << (data[i + 2] % 10)), kept = blocks[at].size < wanted ? blocks[at].size : wanted;
    if (blocks[at].data == NULL) {
      fill(at, slab_malloc(wanted), wanted, data[i + 2]);
    } else if (data[i] & 0x80) {
      uint8_t *moved = slab_realloc(blocks[at].data, wanted);
      EXPECT(moved != NULL);
      expect_whole(at, moved, kept);
      fill(at, moved, wanted, data[i + 2]);
    } else {
      release(at);
    }
  }
  for (int at = 0; at < BLOCKS; at++) release(at);
  EXPECT(slab_malloc(SIZE_MAX) == NULL);
  return 0;
}
