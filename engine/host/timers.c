// Timers: a heap by the monotonic clock. A timer that is set keeps its object alive; one that ends keeps nothing.

#include "host.h"
#include <math.h>
#include <stdlib.h>
#include <time.h>

struct timer {
  double at, ms;
  uint64_t order; // among timers of one time
  int index;      // in the heap; -1: not set
  bool repeats, holds, ended;
  JSValue call;
  JSValue object; // a reference while it is set
};

static JSClassID timer_class;
static struct timer **heap;
static int set, capacity, holding;
static uint64_t last_order;

double monotonic_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static bool is_before(const struct timer *one, const struct timer *other) {
  return one->at < other->at || (one->at == other->at && one->order < other->order);
}

static void place(int index, struct timer *timer) {
  heap[index] = timer;
  timer->index = index;
}

static void move_up(int index, struct timer *timer) {
  for (int parent; index > 0 && is_before(timer, heap[parent = (index - 1) / 2]); index = parent) place(index, heap[parent]);
  place(index, timer);
}

static void move_down(int index, struct timer *timer) {
  for (int child; (child = 2 * index + 1) < set; index = child) {
    if (child + 1 < set && is_before(heap[child + 1], heap[child])) child++;
    if (!is_before(heap[child], timer)) break;
    place(index, heap[child]);
  }
  place(index, timer);
}

static bool insert(struct timer *timer) {
  if (set == capacity) {
    int more = capacity * 2 + 64;
    struct timer **moved = realloc(heap, more * sizeof *moved);
    if (moved == NULL) return false;
    heap = moved;
    capacity = more;
  }
  timer->at = monotonic_ms() + timer->ms;
  timer->order = last_order++;
  move_up(set++, timer);
  holding += timer->holds;
  return true;
}

static void take_out(struct timer *timer) {
  int index = timer->index;
  struct timer *last = heap[--set];
  timer->index = -1;
  holding -= timer->holds;
  if (last == timer) return;
  if (is_before(last, timer)) move_up(index, last);
  else move_down(index, last);
}

// Frees what the timer refers to; that may run a finalizer of this very timer.
static void stop(JSContext *ctx, struct timer *timer) {
  if (timer->index < 0) return;
  take_out(timer);
  JSValue object = timer->object;
  timer->object = JS_UNDEFINED;
  JS_FreeValue(ctx, object);
}

static bool start(JSContext *ctx, struct timer *timer, JSValueConst object) {
  if (timer->index >= 0) take_out(timer);
  else timer->object = JS_DupValue(ctx, object);
  if (insert(timer)) return true;
  JS_FreeValue(ctx, timer->object);
  timer->object = JS_UNDEFINED;
  JS_ThrowOutOfMemory(ctx);
  return false;
}

static void finalize(JSRuntime *runtime, JSValue value) {
  struct timer *timer = JS_GetOpaque(value, timer_class);
  if (timer == NULL) return;
  JS_FreeValueRT(runtime, timer->call);
  free(timer);
}

static void mark(JSRuntime *runtime, JSValueConst value, JS_MarkFunc *mark_value) {
  struct timer *timer = JS_GetOpaque(value, timer_class);
  if (timer != NULL) JS_MarkValue(runtime, timer->call, mark_value);
}

HOST_FUNCTION(host_set_timer) {
  TAKE_NUMBER(ms, argv[1]);
  if (!function_argument(ctx, argv[0])) return JS_EXCEPTION;
  if (!(ms >= 1 && ms <= INT_MAX)) ms = 1;
  JSValue object = JS_NewObjectClass(ctx, timer_class);
  if (JS_IsException(object)) return object;
  struct timer *timer = malloc(sizeof *timer);
  if (timer == NULL) {
    JS_FreeValue(ctx, object);
    return JS_ThrowOutOfMemory(ctx);
  }
  bool repeats = JS_ToBool(ctx, argv[2]);
  *timer = (struct timer){.ms = ms, .index = -1, .repeats = repeats, .holds = true, .object = JS_UNDEFINED};
  timer->call = JS_DupValue(ctx, argv[0]);
  JS_SetOpaque(object, timer);
  if (start(ctx, timer, object)) return object;
  JS_FreeValue(ctx, object);
  return JS_EXCEPTION;
}

HOST_FUNCTION(host_clear_timer) {
  struct timer *timer = JS_GetOpaque2(ctx, argv[0], timer_class);
  if (timer == NULL) return JS_EXCEPTION;
  timer->ended = true;
  JSValue call = timer->call;
  timer->call = JS_UNDEFINED;
  stop(ctx, timer);
  JS_FreeValue(ctx, call);
  return JS_UNDEFINED;
}

static JSValue set_holds(JSContext *ctx, JSValueConst object, bool holds) {
  struct timer *timer = JS_GetOpaque2(ctx, object, timer_class);
  if (timer == NULL) return JS_EXCEPTION;
  if (timer->index >= 0) holding += holds - timer->holds;
  timer->holds = holds;
  return JS_DupValue(ctx, object);
}

HOST_FUNCTION(timer_ref) {
  return set_holds(ctx, this_value, true);
}

HOST_FUNCTION(timer_unref) {
  return set_holds(ctx, this_value, false);
}

HOST_FUNCTION(timer_has_ref) {
  struct timer *timer = JS_GetOpaque2(ctx, this_value, timer_class);
  return timer == NULL ? JS_EXCEPTION : JS_NewBool(ctx, timer->holds);
}

HOST_FUNCTION(timer_refresh) {
  struct timer *timer = JS_GetOpaque2(ctx, this_value, timer_class);
  if (timer == NULL || (!timer->ended && !start(ctx, timer, this_value))) return JS_EXCEPTION;
  return JS_DupValue(ctx, this_value);
}

HOST_FUNCTION(host_now) {
  return JS_NewFloat64(ctx, monotonic_ms());
}

// Those that are due now; one that a callback sets waits for the next turn.
void timers_run(void) {
  if (set == 0) return;
  double now = monotonic_ms();
  while (set > 0 && heap[0]->at <= now) {
    struct timer *timer = heap[0];
    JSValue call = JS_DupValue(context, timer->call), object = JS_DupValue(context, timer->object);
    if (!timer->repeats) stop(context, timer);
    else if (!start(context, timer, object)) report_exception();
    call_method(object, call, 0, NULL);
    JS_FreeValue(context, call);
    JS_FreeValue(context, object);
  }
}

int timers_wait(void) {
  if (set == 0) return -1;
  double ms = ceil(heap[0]->at - monotonic_ms());
  return ms <= 0 ? 0 : ms > INT_MAX ? INT_MAX : (int)ms;
}

bool timers_hold(void) {
  return holding > 0;
}

void timers_free(void) {
  while (set > 0) stop(context, heap[set - 1]);
  free(heap);
}

static const JSCFunctionListEntry methods[] = {
    JS_CFUNC_DEF("ref", 0, timer_ref),
    JS_CFUNC_DEF("unref", 0, timer_unref),
    JS_CFUNC_DEF("hasRef", 0, timer_has_ref),
    JS_CFUNC_DEF("refresh", 0, timer_refresh),
};

int timers_open(JSContext *ctx) {
  static const JSClassDef definition = {"Timeout", .finalizer = finalize, .gc_mark = mark};
  JS_NewClassID(&timer_class);
  if (JS_NewClass(JS_GetRuntime(ctx), timer_class, &definition) < 0) return -1;
  JSValue prototype = JS_NewObject(ctx);
  if (JS_IsException(prototype)) return -1;
  JS_SetPropertyFunctionList(ctx, prototype, methods, COUNT(methods));
  JS_SetClassProto(ctx, timer_class, prototype);
  return 0;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("setTimer", 3, host_set_timer),
    JS_CFUNC_DEF("clearTimer", 1, host_clear_timer),
    JS_CFUNC_DEF("now", 0, host_now),
};
const struct part timers_part = {functions, COUNT(functions)};
