// Small blocks, in chunks of blocks of one size. An interpreter takes and gives back some for nearly everything that it does,
// and malloc(3) of musl, which is made for threads and against overruns, takes a sixth of its time.

#include "slabs.h"
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// A chunk fits into a size class of musl's malloc, with its own header.
enum { STEP = 16, CLASSES = 64, CHUNK = 4072 };

/** Before each block. */
struct header {
  uint32_t class; // its size in steps, with this header; 0 of a large block, which has a malloc(3) of its own
  uint32_t offset; // from its chunk
};

struct free_block {
  struct header header;
  struct free_block *next;
};

struct chunk {
  struct chunk *next, *previous; // with free blocks of the same class
  struct free_block *free;
  char *fresh; // never used yet, to the end of the chunk
  uint32_t live, class;
};

static struct chunk *with_room[CLASSES + 1];
static size_t held;

size_t slab_held(void) {
  return held;
}

static void list(struct chunk *chunk) {
  struct chunk *first = with_room[chunk->class];
  chunk->next = first;
  chunk->previous = NULL;
  if (first != NULL) first->previous = chunk;
  with_room[chunk->class] = chunk;
}

static void unlist(struct chunk *chunk) {
  if (chunk->next != NULL) chunk->next->previous = chunk->previous;
  if (chunk->previous != NULL) chunk->previous->next = chunk->next;
  else with_room[chunk->class] = chunk->next;
}

static bool has_fresh(const struct chunk *chunk) {
  return chunk->fresh + chunk->class * STEP <= (const char *)chunk + CHUNK;
}

static struct chunk *new_chunk(uint32_t class) {
  struct chunk *chunk = malloc(CHUNK);
  if (chunk == NULL) return NULL;
  held += CHUNK;
  *chunk = (struct chunk){.fresh = (char *)(chunk + 1), .class = class};
  list(chunk);
  return chunk;
}

static void *small(uint32_t class) {
  struct chunk *chunk = with_room[class];
  if (chunk == NULL && (chunk = new_chunk(class)) == NULL) return NULL;
  struct header *header;
  if (chunk->free != NULL) {
    header = &chunk->free->header;
    chunk->free = chunk->free->next;
  } else {
    header = (struct header *)chunk->fresh;
    *header = (struct header){.class = class, .offset = chunk->fresh - (char *)chunk};
    chunk->fresh += class * STEP;
  }
  chunk->live++;
  if (chunk->free == NULL && !has_fresh(chunk)) unlist(chunk);
  return header + 1;
}

static void *large(size_t size) {
  if (size > SIZE_MAX - sizeof(struct header)) return NULL;
  struct header *header = malloc(sizeof *header + size);
  if (header == NULL) return NULL;
  held += malloc_usable_size(header);
  header->class = 0;
  return header + 1;
}

void *slab_malloc(size_t size) {
  size_t class = (size + sizeof(struct header) + STEP - 1) / STEP;
  return size <= CLASSES * STEP - sizeof(struct header) ? small(class) : large(size);
}

void slab_free(void *block) {
  if (block == NULL) return;
  struct header *header = (struct header *)block - 1;
  if (header->class == 0) {
    held -= malloc_usable_size(header);
    return free(header);
  }
  struct chunk *chunk = (struct chunk *)((char *)header - header->offset);
  if (chunk->free == NULL && !has_fresh(chunk)) list(chunk);
  struct free_block *freed = (struct free_block *)header;
  freed->next = chunk->free;
  chunk->free = freed;
  // The last chunk of a class stays: it would be wanted again at once.
  if (--chunk->live > 0 || (chunk->next == NULL && chunk->previous == NULL)) return;
  unlist(chunk);
  held -= CHUNK;
  free(chunk);
}

size_t slab_usable(const void *block) {
  const struct header *header = (const struct header *)block - 1;
  if (header->class == 0) return malloc_usable_size((void *)header) - sizeof *header;
  return header->class * STEP - sizeof *header;
}

static void *moved(void *block, size_t size) {
  void *other = slab_malloc(size);
  if (other == NULL) return NULL;
  size_t usable = slab_usable(block);
  memcpy(other, block, size < usable ? size : usable);
  slab_free(block);
  return other;
}

void *slab_realloc(void *block, size_t size) {
  if (block == NULL) return slab_malloc(size);
  struct header *header = (struct header *)block - 1;
  if (header->class != 0) return size <= slab_usable(block) ? block : moved(block, size);
  if (size <= CLASSES * STEP || size > SIZE_MAX - sizeof *header) return moved(block, size);
  size_t before = malloc_usable_size(header);
  header = realloc(header, sizeof *header + size);
  if (header == NULL) return NULL;
  held += malloc_usable_size(header) - before;
  return header + 1;
}
