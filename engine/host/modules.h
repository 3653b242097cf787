// The modules of engine/node as the build embeds them.

#ifndef MODULES_H
#define MODULES_H

#include <stddef.h>

struct embedded_module {
  const char *name; // `node:net`, or `engine:chunk-ABC.js` for what several share
  const char *text; // with a NUL byte at its end, which `size` does not count
  size_t size;
};
extern const struct embedded_module embedded_modules[];
extern const int embedded_module_count;

#endif
