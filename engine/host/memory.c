// The JavaScript heap: blocks with a limit, counted. An allocation that fails is followed by some that do not, so that the engine
// has memory for the error and where it comes from.

#include "host.h"
#include "slabs.h"
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

// What is given, and what an error and its stack take at most.
enum { GRACE = 512 * 1024, LEAST = 16 * 1024, MOST_GRACES = 8 };

static JSMallocState *state; // as the engine keeps it
static size_t limit = SIZE_MAX, held_after_collection;
static int graces; // since the last callback
static int lifted; // how many modules are being loaded
static void *reserve; // of address space; its pages are never touched

#ifdef ENGINE_CHECKED // its own allocator finds what overruns a block
#define slab_malloc malloc
#define slab_free free
#define slab_realloc realloc
#define slab_usable(block) malloc_usable_size((void *)(block))
#define slab_held() state->malloc_size

static int until_failure; // allocations, the last of which fails; 0: none does

static bool is_to_fail(void) {
  return until_failure > 0 && --until_failure == 0;
}
#else
#define is_to_fail() false
#endif

static bool fits(const JSMallocState *s, size_t more) {
  size_t held = slab_held();
  return held <= s->malloc_limit && more <= s->malloc_limit - held;
}

// Lets so much more pass, until the limit is set anew between two callbacks. QuickJS goes on without some of what it is refused, such
// as the name of a function, so that one grace may be gone before anything is thrown.
static void give_grace(JSMallocState *s) {
  if (limit == SIZE_MAX || graces == MOST_GRACES || fits(s, GRACE)) return;
  graces++;
  s->malloc_limit = slab_held() + GRACE;
}

static void leave_without_memory(const char *of) {
  fprintf(stderr, "engine: %s has no memory left\n", of);
  leave(70);
}

// Who catches one error after the other, and keeps something of each, would use up the grace as well.
static void *refuse(JSMallocState *s) {
  give_grace(s);
  if (!fits(s, LEAST)) leave_without_memory("The heap");
  return NULL;
}

// The system has no block of this size. It has smaller ones if it has what was in reserve.
static void *fail(JSMallocState *s) {
  free(reserve);
  reserve = NULL;
  void *probe = malloc(GRACE);
  if (probe == NULL) leave_without_memory("The system");
  free(probe);
  return refuse(s);
}

static void *heap_malloc(JSMallocState *s, size_t size) {
  state = s;
  if (is_to_fail() || !fits(s, size)) return refuse(s);
  void *block = slab_malloc(size);
  if (block == NULL) return fail(s);
  s->malloc_count++;
  s->malloc_size += slab_usable(block);
  return block;
}

static void heap_free(JSMallocState *s, void *block) {
  if (block == NULL) return;
  s->malloc_count--;
  s->malloc_size -= slab_usable(block);
  slab_free(block);
}

static void *heap_realloc(JSMallocState *s, void *block, size_t size) {
  if (block == NULL) return size == 0 ? NULL : heap_malloc(s, size);
  if (size == 0) {
    heap_free(s, block);
    return NULL;
  }
  size_t before = slab_usable(block);
  if (size > before && (is_to_fail() || !fits(s, size - before))) return refuse(s);
  void *moved = slab_realloc(block, size);
  if (moved == NULL) return fail(s);
  s->malloc_size += slab_usable(moved) - before;
  return moved;
}

static size_t usable_size(const void *block) {
  return slab_usable(block);
}

JSRuntime *memory_runtime(void) {
  static const JSMallocFunctions functions = {heap_malloc, heap_free, heap_realloc, usable_size};
  reserve = malloc(GRACE);
  return JS_NewRuntime2(&functions, NULL);
}

void memory_restrict(void) {
  if (reserve == NULL) reserve = malloc(GRACE);
  graces = 0;
  state->malloc_limit = lifted > 0 ? SIZE_MAX : limit;
}

static void collect(void) {
  JS_RunGC(JS_GetRuntime(context));
  held_after_collection = state->malloc_size;
}

void memory_relax(void) {
  if (limit != SIZE_MAX && slab_held() > limit - limit / 8) collect();
  graces = 0;
  give_grace(state);
}

// The engine collects when the heap is half as large again as after the last time, which may be above the limit.
void memory_collect(void) {
  memory_restrict();
  bool is_near = limit != SIZE_MAX && slab_held() >= limit / 2;
  if (is_near && state->malloc_size >= held_after_collection + limit / 8) collect();
}

static double resident_bytes(void) {
  char text[128] = "";
  unsigned long pages;
  int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  if (size > 0 && sscanf(text, "%*u %lu", &pages) == 1) return (double)pages * sysconf(_SC_PAGESIZE);
  struct rusage usage; // without /proc: the most it ever was
  return getrusage(RUSAGE_SELF, &usage) < 0 ? 0 : usage.ru_maxrss * 1024.0;
}

void memory_lift(void) {
  lifted++;
  state->malloc_limit = SIZE_MAX;
}

// Whoever set a limit meanwhile meant what runs afterwards.
void memory_put_back(void) {
  lifted--;
  memory_restrict();
}

HOST_FUNCTION(host_memory) {
  JSValue values[] = {
      JS_NewFloat64(ctx, resident_bytes()),
      JS_NewFloat64(ctx, state->malloc_size),
      JS_NewFloat64(ctx, limit == SIZE_MAX ? 0 : limit),
  };
  return new_list(ctx, COUNT(values), values);
}

HOST_FUNCTION(host_set_heap_limit) {
  TAKE_NUMBER(bytes, argv[0]);
  limit = bytes >= 1 && bytes <= MAX_SAFE_INTEGER ? (size_t)bytes : SIZE_MAX;
  memory_restrict();
  held_after_collection = 0;
  return JS_UNDEFINED;
}

HOST_FUNCTION(host_collect_garbage) {
  JS_RunGC(JS_GetRuntime(ctx));
  return JS_UNDEFINED;
}

#ifdef ENGINE_CHECKED
// The n-th allocation from now on fails; how many were left to the last one that was asked for.
HOST_FUNCTION(host_fail_allocation) {
  TAKE_INT(nth, argv[0]);
  int left = until_failure;
  until_failure = nth;
  memory_restrict();
  return JS_NewInt32(ctx, left);
}
#endif

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("memory", 0, host_memory),
    JS_CFUNC_DEF("setHeapLimit", 1, host_set_heap_limit),
    JS_CFUNC_DEF("collectGarbage", 0, host_collect_garbage),
#ifdef ENGINE_CHECKED
    JS_CFUNC_DEF("failAllocation", 1, host_fail_allocation),
#endif
};
const struct part memory_part = {functions, COUNT(functions)};
