// Feeds a fuzzer with pseudo-random inputs where there is no libFuzzer: `PROGRAM COUNT`. The same inputs each time.

#include "fuzz.h"

enum { LONGEST = 300 };

static uint64_t state = 0x9e3779b97f4a7c15;

static uint64_t random_number(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

// Bytes that mean something to one of the fuzzers are more frequent.
static uint8_t random_byte(void) {
  static const char likely[] = "data:text/javascript;base64,%41=+/-_0123456789abcdef.:%:eth0\xc3\xe2\x82\xac\xed\xa0\xf0\x9f\x98\x80\0";
  uint64_t number = random_number();
  return number & 0x100 ? (uint8_t)number : (uint8_t)likely[number % sizeof likely];
}

int main(int argc, char **argv) {
  long count = argc > 1 ? atol(argv[1]) : 10000;
  for (long i = 0; i < count; i++) {
    uint8_t input[LONGEST];
    size_t size = random_number() % LONGEST;
    for (size_t at = 0; at < size; at++) input[at] = random_byte();
    static const char url[] = "data:text/javascript;base64,";
    if (i % 4 == 0 && size > sizeof url) memcpy(input + 1, url, sizeof url - 1);
    uint8_t *given = copy(input, size);
    LLVMFuzzerTestOneInput(given, size);
    free(given);
  }
  return 0;
}
