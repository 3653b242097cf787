// Memory for the JavaScript heap. One thread alone.

#ifndef SLABS_H
#define SLABS_H

#include <stddef.h>

/** At least `size` bytes, aligned for pointers and doubles; NULL without memory. */
void *slab_malloc(size_t size);
void slab_free(void *block);
/** As realloc(3). */
void *slab_realloc(void *block, size_t size);
/** Bytes of a block that may be used. */
size_t slab_usable(const void *block);
/** Bytes that are taken from the system, those that are free for small blocks among them. */
size_t slab_held(void);

#endif
