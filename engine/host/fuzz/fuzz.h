// What fuzzers share: each defines the function that libFuzzer calls, and ends the process where something is wrong.

#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXPECT(condition) \
  do { \
    if (!(condition)) { \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      abort(); \
    } \
  } while (0)

// A block of exactly this size, so that a byte beyond it is noticed.
static inline void *block(size_t size) {
  void *made = malloc(size == 0 ? 1 : size);
  EXPECT(made != NULL);
  return made;
}

static inline void *copy(const void *data, size_t size) {
  void *made = block(size);
  if (size > 0) memcpy(made, data, size);
  return made;
}

#endif
