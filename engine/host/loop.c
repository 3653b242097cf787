// The event loop: descriptors by epoll(7), then immediates; and what is thrown where nobody catches it.
// A callback may do anything to any watch: events are matched with watches by a number that is used once.

#include "host.h"
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { BATCH = 256, NOT_LISTED = -2, LIST_END = -1 };
static const uint64_t WAKE = UINT64_MAX;

struct watch {
  JSValue ready;
  uint32_t number; // of this watch, so that an event for a former one of the same descriptor is known
  int next_changed;
  uint8_t wanted;     // by JavaScript
  uint8_t registered; // with the kernel; the two are made equal before the loop waits
  bool active, holding;
};

static int epoll = -1, wake = -1;
static struct watch *watches;
static int capacity, first_changed = LIST_END, holding;
static uint32_t last_number;
static bool immediates_wanted, ticks_wanted;
static JSValue on_uncaught, on_rejection, on_signal, on_ticks, on_immediates, on_drained, on_ended;

static void print_and_leave(JSValueConst thrown) {
  const char *text = JS_ToCString(context, thrown);
  JSValue stack = JS_IsObject(thrown) ? JS_GetPropertyStr(context, thrown, "stack") : JS_UNDEFINED;
  const char *lines = JS_IsString(stack) ? JS_ToCString(context, stack) : NULL;
  fprintf(stderr, "Uncaught %s\n%s", text ? text : "exception", lines ? lines : "");
  leave(70);
}

static void report(JSValueConst hook, JSValue thrown) {
  memory_relax();
  if (JS_IsUninitialized(thrown)) { // there was none for the error itself
    JS_ThrowInternalError(context, "out of memory");
    thrown = JS_GetException(context);
  }
  if (!JS_IsFunction(context, hook)) print_and_leave(thrown);
  JSValue kept = JS_DupValue(context, hook), returned = JS_Call(context, kept, JS_UNDEFINED, 1, &thrown);
  if (JS_IsException(returned)) print_and_leave(JS_GetException(context));
  JS_FreeValue(context, returned);
  JS_FreeValue(context, kept);
  JS_FreeValue(context, thrown);
  memory_restrict();
}

void report_exception(void) {
  report(on_uncaught, JS_GetException(context));
}

// Whether it returned something true; so it did if it threw.
static bool call_hook(JSValueConst hook, int count, JSValueConst *arguments) {
  JSValue kept = JS_DupValue(context, hook); // it may set other hooks
  JSValue returned = JS_IsFunction(context, kept) ? JS_Call(context, kept, JS_UNDEFINED, count, arguments) : JS_FALSE;
  bool thrown = JS_IsException(returned), result = thrown || JS_ToBool(context, returned);
  if (thrown) report_exception();
  JS_FreeValue(context, returned);
  JS_FreeValue(context, kept);
  return result;
}

// In Node's order: ticks, then what promises wait for, and again; then what was rejected.
void run_jobs(void) {
  JSRuntime *runtime = JS_GetRuntime(context);
  JSContext *ran;
  do {
    if (ticks_wanted) {
      ticks_wanted = false;
      call_hook(on_ticks, 0, NULL);
    }
    while (JS_IsJobPending(runtime))
      if (JS_ExecutePendingJob(runtime, &ran) < 0) report_exception();
    if (is_any_rejected() && !ticks_wanted) report(on_rejection, take_rejection());
  } while (ticks_wanted || is_any_rejected() || JS_IsJobPending(runtime));
}

void call_method(JSValueConst object, JSValueConst function, int count, JSValueConst *arguments) {
  JSValue returned = JS_Call(context, function, object, count, arguments);
  if (JS_IsException(returned)) report_exception();
  JS_FreeValue(context, returned);
  run_jobs();
}

void call_back(JSValueConst function, int count, JSValueConst *arguments) {
  call_method(JS_UNDEFINED, function, count, arguments);
}

void call_signal_hook(int signal) {
  JSValue number = JS_NewInt32(context, signal);
  call_hook(on_signal, 1, &number);
  run_jobs();
}

static int register_with_kernel(int fd, struct watch *watch) {
  uint32_t events = (watch->wanted & 1 ? EPOLLIN | EPOLLRDHUP : 0) | (watch->wanted & 2 ? EPOLLOUT : 0);
  struct epoll_event event = {.events = events, .data.u64 = (uint64_t)watch->number << 32 | (uint32_t)fd};
  int operation = watch->wanted == 0 ? EPOLL_CTL_DEL : watch->registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (watch->wanted == watch->registered) return 0;
  if (epoll_ctl(epoll, operation, fd, &event) < 0) return -errno;
  watch->registered = watch->wanted;
  return 0;
}

static void apply_changes(void) {
  while (first_changed != LIST_END) {
    int fd = first_changed;
    first_changed = watches[fd].next_changed;
    watches[fd].next_changed = NOT_LISTED;
    if (watches[fd].active) register_with_kernel(fd, watches + fd);
  }
}

static struct watch *watch_of(int fd) {
  return fd >= 0 && fd < capacity && watches[fd].active ? watches + fd : NULL;
}

static bool make_room(int fd) {
  if (fd < capacity) return true;
  int more = fd + fd / 2 + 64;
  struct watch *moved = realloc(watches, more * sizeof *moved);
  if (moved == NULL) return false;
  watches = moved;
  for (; capacity < more; capacity++) watches[capacity] = (struct watch){.ready = JS_UNDEFINED, .next_changed = NOT_LISTED};
  return true;
}

static bool interest_argument(JSContext *ctx, JSValueConst value, int *out) {
  if (!int_argument(ctx, value, out)) return false;
  if (*out >= 0 && *out <= 3) return true;
  JS_ThrowRangeError(ctx, "An interest is 0 to 3");
  return false;
}

HOST_FUNCTION(host_watch) {
  TAKE_INT(fd, argv[0]);
  int interest;
  if (!interest_argument(ctx, argv[1], &interest) || !function_argument(ctx, argv[2])) return JS_EXCEPTION;
  if (fcntl(fd, F_GETFD) < 0) return result_of(-1);
  if (watch_of(fd) != NULL) return JS_NewInt32(ctx, -EEXIST);
  if (!make_room(fd)) return JS_NewInt32(ctx, -ENOMEM);
  struct watch *watch = watches + fd;
  watch->number = last_number++;
  watch->wanted = interest;
  watch->registered = 0;
  int failed = register_with_kernel(fd, watch);
  if (failed < 0) return JS_NewInt32(ctx, failed);
  watch->ready = JS_DupValue(ctx, argv[2]);
  watch->active = watch->holding = true;
  holding++;
  return JS_NewInt32(ctx, 0);
}

HOST_FUNCTION(host_set_interest) {
  TAKE_INT(fd, argv[0]);
  int interest;
  if (!interest_argument(ctx, argv[1], &interest)) return JS_EXCEPTION;
  struct watch *watch = watch_of(fd);
  if (watch == NULL) return JS_NewInt32(ctx, -ENOENT);
  watch->wanted = interest;
  if (watch->registered == 0) return JS_NewInt32(ctx, register_with_kernel(fd, watch));
  if (watch->next_changed == NOT_LISTED) {
    watch->next_changed = first_changed;
    first_changed = fd;
  }
  return JS_NewInt32(ctx, 0);
}

void forget_watch(int fd) {
  struct watch *watch = watch_of(fd);
  if (watch == NULL) return;
  watch->wanted = 0;
  register_with_kernel(fd, watch);
  watch->active = false;
  holding -= watch->holding;
  JSValue ready = watch->ready;
  watch->ready = JS_UNDEFINED;
  JS_FreeValue(context, ready);
}

HOST_FUNCTION(host_unwatch) {
  TAKE_INT(fd, argv[0]);
  forget_watch(fd);
  return JS_UNDEFINED;
}

HOST_FUNCTION(host_set_holding) {
  TAKE_INT(fd, argv[0]);
  struct watch *watch = watch_of(fd);
  bool wanted = JS_ToBool(ctx, argv[1]);
  if (watch == NULL || watch->holding == wanted) return JS_UNDEFINED;
  watch->holding = wanted;
  holding += wanted ? 1 : -1;
  return JS_UNDEFINED;
}

HOST_FUNCTION(host_want_ticks) {
  ticks_wanted = true;
  return JS_UNDEFINED;
}

HOST_FUNCTION(host_want_immediates) {
  immediates_wanted = true;
  return JS_UNDEFINED;
}

static bool take_hook(JSContext *ctx, JSValueConst hooks, const char *name, JSValue *hook) {
  JSValue wanted = JS_GetPropertyStr(ctx, hooks, name);
  if (JS_IsException(wanted)) return false;
  JS_FreeValue(ctx, *hook);
  *hook = wanted;
  return true;
}

HOST_FUNCTION(host_set_hooks) {
  bool taken = take_hook(ctx, argv[0], "uncaught", &on_uncaught) &&
               take_hook(ctx, argv[0], "unhandledRejection", &on_rejection) &&
               take_hook(ctx, argv[0], "signal", &on_signal) && take_hook(ctx, argv[0], "ticks", &on_ticks) &&
               take_hook(ctx, argv[0], "immediates", &on_immediates) &&
               take_hook(ctx, argv[0], "drained", &on_drained) && take_hook(ctx, argv[0], "exit", &on_ended);
  return taken ? JS_UNDEFINED : JS_EXCEPTION;
}

int loop_open(void) {
  on_uncaught = on_rejection = on_signal = on_ticks = on_immediates = on_drained = on_ended = JS_UNDEFINED;
  epoll = epoll_create1(EPOLL_CLOEXEC);
  wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = WAKE};
  if (epoll < 0 || wake < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event) < 0) return -1;
  JS_SetHostPromiseRejectionTracker(JS_GetRuntime(context), track_rejection, NULL);
  return 0;
}

void loop_wake(void) {
  uint64_t one = 1;
  (void)!write(wake, &one, sizeof one); // it fails only where the loop is to wake already
}

static void serve_wake(void) {
  uint64_t count;
  (void)!read(wake, &count, sizeof count);
  process_serve();
  jobs_finish();
}

static void serve(const struct epoll_event *event) {
  if (event->data.u64 == WAKE) return serve_wake();
  struct watch *watch = watch_of((int)(uint32_t)event->data.u64);
  if (watch == NULL || watch->number != event->data.u64 >> 32 || watch->wanted == 0) return;
  uint32_t is = event->events;
  int what = (is & EPOLLIN ? watch->wanted & 1 : 0) | (is & EPOLLOUT ? watch->wanted & 2 : 0) | (is & EPOLLERR ? 4 : 0) |
             (is & EPOLLHUP ? 8 : 0) | (is & EPOLLRDHUP && watch->wanted & 1 ? 16 : 0);
  if (what == 0) return;
  JSValue ready = JS_DupValue(context, watch->ready), number = JS_NewInt32(context, what);
  call_back(ready, 1, &number);
  JS_FreeValue(context, ready);
}

static bool is_held(void) {
  return holding > 0 || immediates_wanted || timers_hold() || jobs_hold() || children_hold();
}

static void run_immediates(void) {
  immediates_wanted = false;
  for (bool more = true; more;) {
    more = call_hook(on_immediates, 0, NULL);
    run_jobs();
  }
}

static void run_turn(void) {
  static struct epoll_event events[BATCH];
  timers_run();
  if (!is_held()) return;
  apply_changes();
  int count = epoll_wait(epoll, events, BATCH, immediates_wanted ? 0 : timers_wait());
  if (count < 0 && errno != EINTR) {
    perror("engine: The system's events cannot be read");
    leave(70);
  }
  for (int i = 0; i < count; i++) serve(events + i);
  if (immediates_wanted) run_immediates();
  memory_collect();
}

void loop_run(void) {
  do {
    while (is_held()) run_turn();
    call_hook(on_drained, 0, NULL);
    run_jobs();
  } while (is_held());
}

void call_exit_hook(void) {
  call_hook(on_ended, 0, NULL);
}

void loop_free(void) {
  JSValue hooks[] = {on_uncaught, on_rejection, on_signal, on_ticks, on_immediates, on_drained, on_ended};
  on_uncaught = on_rejection = on_signal = on_ticks = on_immediates = on_drained = on_ended = JS_UNDEFINED;
  for (int i = 0; i < COUNT(hooks); i++) JS_FreeValue(context, hooks[i]);
  for (int fd = 0; fd < capacity; fd++) forget_watch(fd);
  rejections_free();
  free(watches);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("watch", 3, host_watch),
    JS_CFUNC_DEF("setInterest", 2, host_set_interest),
    JS_CFUNC_DEF("unwatch", 1, host_unwatch),
    JS_CFUNC_DEF("setHolding", 2, host_set_holding),
    JS_CFUNC_DEF("wantTicks", 0, host_want_ticks),
    JS_CFUNC_DEF("wantImmediates", 0, host_want_immediates),
    JS_CFUNC_DEF("setHooks", 1, host_set_hooks),
};
const struct part loop_part = {functions, COUNT(functions)};
