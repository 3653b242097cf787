// What the files of the host layer share. Each file serves one section of engine/node/host.d.ts and adds its functions to
// the module "engine:host". No function runs JavaScript but `call_back`, `call_method`, `run_jobs` and those that say so.

#ifndef HOST_H
#define HOST_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "quickjs.h"

// The largest integer that a number of JavaScript holds exactly.
#define MAX_SAFE_INTEGER 9007199254740991.0

#define COUNT(array) ((int)(sizeof(array) / sizeof(*(array))))

// The head of a function that JavaScript calls. `argv` has as many values as its entry in the list of functions says.
#define HOST_FUNCTION(name) \
  static JSValue name(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)

// Take an argument, or return: with an exception if it has a wrong type, with -errno if it cannot be meant.
#define TAKE_INT(name, value) \
  int name; \
  if (!int_argument(ctx, value, &name)) return JS_EXCEPTION
#define TAKE_NUMBER(name, value) \
  double name; \
  if (!number_argument(ctx, value, &name)) return JS_EXCEPTION
#define TAKE_BYTES(name, value) \
  struct bytes name; \
  if (!bytes_argument(ctx, value, &name)) return JS_EXCEPTION
#define TAKE_PATH(name, value) \
  char name[PATH_MAX]; \
  JSValue name##_refused = path_argument(ctx, value, name); \
  if (!JS_IsUndefined(name##_refused)) return name##_refused

// Bytes of a typed array. They stay where they are until JavaScript runs again.
struct bytes {
  uint8_t *data;
  size_t size;
};

// A list of functions for "engine:host".
struct part {
  const JSCFunctionListEntry *functions;
  int count;
};
extern const struct part loop_part, timers_part, bytes_part, sockets_part, datagrams_part, jobs_part, hashes_part, text_part,
    files_part, trees_part, process_part, children_part, namespaces_part, memory_part, modules_part;

// main.c: the only context.
extern JSContext *context;

// arguments.c
bool int_argument(JSContext *ctx, JSValueConst value, int *out);
bool number_argument(JSContext *ctx, JSValueConst value, double *out);
bool function_argument(JSContext *ctx, JSValueConst value);
bool bytes_argument(JSContext *ctx, JSValueConst value, struct bytes *out);
// Writes PATH_MAX bytes at most; `undefined` if that went well.
JSValue path_argument(JSContext *ctx, JSValueConst value, char *out);
// A text as UTF-8 that the caller frees with JS_FreeCString; NULL with an exception if it is none.
const char *text_argument(JSContext *ctx, JSValueConst value, size_t *size);
// A list of words that `free_words` frees; NULL with an exception.
char **words_argument(JSContext *ctx, JSValueConst value);
void free_words(char **list);
// The numbers of a list of at most so many; how many there are, or -1 with an exception.
int descriptors_argument(JSContext *ctx, JSValueConst value, int *out, int most);
// The result of a system call: a number, or -errno.
JSValue result_of(ssize_t returned);
JSValue new_bytes(JSContext *ctx, const uint8_t *data, size_t size);
// A new array of values, which it takes over.
JSValue new_list(JSContext *ctx, int count, const JSValue *values);
// Adds to an array; false with an exception.
bool append(JSContext *ctx, JSValueConst list, uint32_t at, JSValue value);

// loop.c
int loop_open(void);
// Returns when nothing is left to wait for.
void loop_run(void);
// Calls a function, then all jobs of promises. What is thrown goes to the hook.
void call_back(JSValueConst function, int count, JSValueConst *arguments);
// The same with `this`.
void call_method(JSValueConst object, JSValueConst function, int count, JSValueConst *arguments);
void run_jobs(void);
// Passes the pending exception to the hook for what nobody caught.
void report_exception(void);
void call_signal_hook(int signal);
void call_exit_hook(void);
// Ends the watch of a descriptor if there is one.
void forget_watch(int fd);
// Wakes the loop: for threads and signal handlers.
void loop_wake(void);
void loop_free(void);

// rejections.c
// For JS_SetHostPromiseRejectionTracker.
void track_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason, JS_BOOL handled, void *opaque);
// Forgets the rejection of a promise of the host's own.
void forget_rejection(JSValueConst promise);
bool is_any_rejected(void);
// The reason of the oldest one, which is forgotten.
JSValue take_rejection(void);
void rejections_free(void);

// timers.c
int timers_open(JSContext *ctx);
void timers_run(void);
// Milliseconds until the first timer; -1 without one.
int timers_wait(void);
bool timers_hold(void);
double monotonic_ms(void);
void timers_free(void);

// jobs.c
// Calls back for the jobs that threads have finished.
void jobs_finish(void);
bool jobs_hold(void);

// hashes.c
int hashes_open(JSContext *ctx);
bool fill_random(uint8_t *data, size_t size);

// text.c: a text of bytes that may not be UTF-8.
JSValue new_text(JSContext *ctx, const char *data, size_t size);

// bytes.c
// Standard streams as they were at the start (blocking), or as JavaScript wanted them.
void set_standard_streams(bool as_at_start);

// process.c
int process_declare(JSContext *ctx, JSModuleDef *module);
int process_define(JSContext *ctx, JSModuleDef *module);
void process_arguments(int count, char **words);
// Sets what signals do that JavaScript does not catch.
void process_open(void);
// Serves the signals that came, and children that ended.
void process_serve(void);
// From now on the loop is woken by the signal; -1 with errno.
int handle_signal(int signal);
void leave(int code) __attribute__((noreturn));

// children.c
// Calls back for the children that have ended.
void children_reap(void);
bool children_hold(void);

// memory.c
JSRuntime *memory_runtime(void);
// Gives some memory above the limit, so that an error can be reported, and takes it back.
void memory_relax(void);
void memory_restrict(void);
// A module that is loaded in part cannot be loaded again: no limit holds between these two.
void memory_lift(void);
void memory_put_back(void);
// Takes back what was given, and collects garbage where the limit is near; called between callbacks.
void memory_collect(void);

// modules.c
int modules_open(JSContext *ctx);
// Evaluate an embedded module (undefined if there is none), or the text of the program's file; a promise, or an exception.
JSValue run_builtin(JSContext *ctx, const char *name);
JSValue run_file(JSContext *ctx, const char *path, const char *text, size_t size);

#endif
