// `engine FILE ARG...` runs a JavaScript module with the modules of engine/node.

#include "host.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

// Exit codes: 64 and 70 as sysexits.h has them, 13 as Node's for an `await` that never ends.
enum { WRONG_USE = 64, BOOT_FAILED = 70, UNSETTLED = 13, MOST_STACK = 1024 * 1024 };

JSContext *context;

// A small limit of the system's would otherwise end the process. Half is left to functions in C, arguments and environment.
static size_t stack_size(void) {
  struct rlimit stack;
  if (getrlimit(RLIMIT_STACK, &stack) < 0 || stack.rlim_cur / 2 > MOST_STACK) return MOST_STACK;
  return stack.rlim_cur / 2;
}

// Descriptors 0 to 2 that are closed would become some socket's.
static void hold_standard_streams(void) {
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) (void)!open("/", O_RDONLY);
}

static int fail(const char *what) {
  fprintf(stderr, "engine: %s\n", what);
  return BOOT_FAILED;
}

// The bytes of a file with a NUL byte after them, which `size` does not count; NULL with errno.
static char *read_whole(const char *path, size_t *size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  size_t capacity = 1 << 16;
  char *text = fd < 0 ? NULL : malloc(capacity);
  ssize_t got = -1;
  for (*size = 0; text != NULL; *size += got) {
    if (capacity - *size < 2) {
      char *moved = realloc(text, capacity *= 2);
      if (moved == NULL) break;
      text = moved;
    }
    do got = read(fd, text + *size, capacity - *size - 1);
    while (got < 0 && errno == EINTR);
    if (got <= 0) break;
  }
  int error = errno;
  if (fd >= 0) close(fd);
  errno = error;
  if (text != NULL && got == 0) {
    text[*size] = 0;
    return text;
  }
  free(text);
  return NULL;
}

static bool open_all(void) {
  return loop_open() == 0 && timers_open(context) == 0 && hashes_open(context) == 0 && modules_open(context) == 0;
}

static JSValue on_failure(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
  JS_Throw(ctx, JS_DupValue(ctx, argv[0]));
  report_exception();
  return JS_UNDEFINED;
}

// What a module throws is uncaught, and no unhandled rejection.
static bool await_module(JSValueConst promise) {
  JSAtom then = JS_NewAtom(context, "then");
  JSValueConst arguments[] = {JS_UNDEFINED, JS_NewCFunction(context, on_failure, "", 1)};
  if (then == JS_ATOM_NULL || JS_IsException(arguments[1])) return false;
  JSValue waiting = JS_Invoke(context, promise, then, COUNT(arguments), arguments);
  JS_FreeValue(context, arguments[1]);
  JS_FreeAtom(context, then);
  bool awaited = !JS_IsException(waiting);
  JS_FreeValue(context, waiting);
  return awaited;
}

// Runs a module until it has ended or waits for something; its promise.
static JSValue run(JSValue promise) {
  if (JS_IsException(promise) || (JS_IsObject(promise) && !await_module(promise))) report_exception();
  run_jobs();
  return promise;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "Usage: engine FILE ARGUMENT...\n");
    return WRONG_USE;
  }
  if (strcmp(argv[1], "--version") == 0) {
    printf("engine %s, QuickJS %s, musl %s\n", ENGINE_VERSION, QUICKJS_VERSION, MUSL_VERSION);
    return 0;
  }
  size_t size;
  char *text = read_whole(argv[1], &size);
  if (text == NULL) {
    fprintf(stderr, "engine: \"%s\" cannot be read: %s\n", argv[1], strerror(errno));
    return BOOT_FAILED;
  }
  hold_standard_streams();
  process_open();
  JSRuntime *runtime = memory_runtime();
  if (runtime == NULL) return fail("There is no memory");
  JS_SetMaxStackSize(runtime, stack_size());
  JS_SetStripInfo(runtime, JS_STRIP_SOURCE);
  context = JS_NewContext(runtime);
  if (context == NULL) return fail("There is no memory");
  process_arguments(argc, argv);
  if (!open_all()) return fail("The host layer could not be set up");
  JS_FreeValue(context, run(run_builtin(context, "engine:mends")));
  JS_FreeValue(context, run(run_builtin(context, "engine:globals")));
  JSValue ran = run_file(context, argv[1], text, size);
  free(text);
  run(ran);
  loop_run();
  bool settled = !JS_IsObject(ran) || JS_PromiseState(context, ran) != JS_PROMISE_PENDING;
  JS_FreeValue(context, ran);
  if (settled) call_exit_hook();
  int code = settled ? 0 : UNSETTLED;
#ifdef ENGINE_CHECKED // everything must be given back; QuickJS itself cannot while a module waits
  if (!settled) leave(code);
  timers_free();
  loop_free();
  JS_FreeContext(context);
  JS_FreeRuntime(runtime);
  exit(code);
#endif
  leave(code);
}
