// What was rejected and has no handler yet: in order, and found by the promise, as there may be very many.

#include "host.h"
#include <stdlib.h>

struct rejection {
  JSValue promise, reason;
  struct rejection *before, *after; // in order
  struct rejection *chained;        // in the same bucket
};

static struct rejection *first, *last;
static struct rejection **buckets; // a power of two of them, or none
static size_t bucket_count, rejected;

static struct rejection **bucket_of(JSValueConst promise) {
  uint64_t mixed = (uint64_t)(uintptr_t)JS_VALUE_GET_PTR(promise) * 0x9E3779B97F4A7C15u;
  return buckets + (mixed >> 32 & (bucket_count - 1));
}

static void put_into_bucket(struct rejection *this) {
  struct rejection **bucket = bucket_of(this->promise);
  this->chained = *bucket;
  *bucket = this;
}

// Without memory for more buckets those that there are do.
static void make_buckets(void) {
  size_t more = bucket_count == 0 ? 16 : bucket_count * 2;
  struct rejection **made = calloc(more, sizeof *made);
  if (made == NULL) return;
  free(buckets);
  buckets = made;
  bucket_count = more;
  for (struct rejection *each = first; each != NULL; each = each->after) put_into_bucket(each);
}

static void remember(JSContext *ctx, JSValueConst promise, JSValueConst reason) {
  if (rejected >= bucket_count) make_buckets();
  struct rejection *this = bucket_count == 0 ? NULL : malloc(sizeof *this);
  if (this == NULL) return; // nobody hears of it, as of all else without memory
  *this = (struct rejection){JS_DupValue(ctx, promise), JS_DupValue(ctx, reason), .before = last};
  *(last == NULL ? &first : &last->after) = this;
  last = this;
  put_into_bucket(this);
  rejected++;
}

static void drop(struct rejection *this) {
  struct rejection **link = bucket_of(this->promise);
  while (*link != this) link = &(*link)->chained;
  *link = this->chained;
  *(this->before == NULL ? &first : &this->before->after) = this->after;
  *(this->after == NULL ? &last : &this->after->before) = this->before;
  rejected--;
  JS_FreeValue(context, this->promise);
  JS_FreeValue(context, this->reason);
  free(this);
}

static bool is_same(JSValueConst one, JSValueConst other) {
  return JS_VALUE_GET_TAG(one) == JS_VALUE_GET_TAG(other) && JS_VALUE_GET_PTR(one) == JS_VALUE_GET_PTR(other);
}

// A module that fails leaves the promise of its body behind, rejected before its own for the same reason: nobody can hear of that.
static bool is_of_body(const struct rejection *this, const struct rejection *own) {
  return this != NULL && ((JSRefCountHeader *)JS_VALUE_GET_PTR(this->promise))->ref_count == 1 && is_same(this->reason, own->reason);
}

void forget_rejection(JSValueConst promise) {
  struct rejection *this = bucket_count == 0 ? NULL : *bucket_of(promise);
  while (this != NULL && !is_same(this->promise, promise)) this = this->chained;
  if (this == NULL) return;
  if (is_of_body(this->before, this)) drop(this->before);
  drop(this);
}

void track_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason, JS_BOOL handled, void *opaque) {
  if (handled) forget_rejection(promise);
  else remember(ctx, promise, reason);
}

bool is_any_rejected(void) {
  return first != NULL;
}

JSValue take_rejection(void) {
  JSValue reason = JS_DupValue(context, first->reason);
  drop(first);
  return reason;
}

void rejections_free(void) {
  while (first != NULL) drop(first);
  free(buckets);
}
