// What would block: look-ups of names and derivation of keys, in threads that end when there is nothing to do.
// A job's `work` runs in a thread and touches nothing of JavaScript; its `finish` runs on the loop.

#include "hashes.h"
#include "sockets.h"
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, LONGEST_KEY = 65536 };
#ifdef __GLIBC__ // in programs for tests
enum { STACK = 1024 * 1024 };
#else
enum { STACK = 128 * 1024 };
#endif

struct job {
  struct job *next;
  void (*work)(struct job *job);
  void (*finish)(struct job *job, JSValueConst done); // frees the job
  JSValue done;
  bool refused; // no thread could be started
};

struct queue {
  struct job *first, **end;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
// Under the lock. Look-ups go first: a derivation takes a tenth of a second of a processor, and many may wait.
static struct queue look_ups = {NULL, &look_ups.first}, derivations = {NULL, &derivations.first};
static struct queue finished = {NULL, &finished.first};
static int threads;
static int under_way;

static void push(struct queue *queue, struct job *job) {
  job->next = NULL;
  *queue->end = job;
  queue->end = &job->next;
}

static struct job *shift(struct queue *queue) {
  struct job *job = queue->first;
  if (job == NULL) return NULL;
  queue->first = job->next;
  if (queue->first == NULL) queue->end = &queue->first;
  return job;
}

static void *run_thread(void *nothing) {
  pthread_mutex_lock(&lock);
  for (struct job *job; (job = shift(look_ups.first != NULL ? &look_ups : &derivations)) != NULL;) {
    pthread_mutex_unlock(&lock);
    job->work(job);
    pthread_mutex_lock(&lock);
    push(&finished, job);
    loop_wake();
  }
  threads--;
  pthread_mutex_unlock(&lock);
  return nothing;
}

static bool start_thread(void) {
  pthread_attr_t attributes;
  pthread_t thread;
  sigset_t all, before;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setstacksize(&attributes, STACK);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  sigfillset(&all); // signals are the loop's
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = pthread_create(&thread, &attributes, run_thread, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return started;
}

static void start(struct job *job, struct queue *waiting, JSValueConst done) {
  job->done = JS_DupValue(context, done);
  under_way++;
  pthread_mutex_lock(&lock);
  push(waiting, job);
  if (threads < THREADS && start_thread()) threads++;
  if (threads == 0) {
    job = shift(waiting);
    job->refused = true;
    push(&finished, job);
    loop_wake();
  }
  pthread_mutex_unlock(&lock);
}

void jobs_finish(void) {
  for (;;) {
    pthread_mutex_lock(&lock);
    struct job *job = shift(&finished);
    pthread_mutex_unlock(&lock);
    if (job == NULL) return;
    JSValue done = job->done;
    under_way--;
    job->finish(job, done);
    JS_FreeValue(context, done);
  }
}

bool jobs_hold(void) {
  return under_way > 0;
}

struct look_up {
  struct job job;
  int failed;
  struct addrinfo *found;
  char name[];
};

static void look_up(struct job *job) {
  struct look_up *this = (struct look_up *)job;
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
  this->failed = getaddrinfo(this->name, NULL, &hints, &this->found);
}

static JSValue new_names(JSContext *ctx, const struct addrinfo *found) {
  JSValue list = JS_NewArray(ctx);
  if (JS_IsException(list)) return list;
  for (uint32_t at = 0; found != NULL; found = found->ai_next) {
    JSValue name = new_socket_name(ctx, found->ai_addr);
    if (JS_IsUndefined(name)) continue;
    if (append(ctx, list, at++, name)) continue;
    JS_FreeValue(ctx, list);
    return JS_EXCEPTION;
  }
  return list;
}

static void finish_look_up(struct job *job, JSValueConst done) {
  struct look_up *this = (struct look_up *)job;
  int failed = job->refused ? EAI_AGAIN : this->failed;
  JSValue arguments[] = {JS_NewInt32(context, failed), new_names(context, this->found)};
  if (this->found != NULL) freeaddrinfo(this->found);
  free(this);
  if (JS_IsException(arguments[1])) {
    report_exception();
    arguments[0] = JS_NewInt32(context, EAI_MEMORY);
    arguments[1] = JS_UNDEFINED;
  }
  call_back(done, COUNT(arguments), arguments);
  JS_FreeValue(context, arguments[1]);
}

HOST_FUNCTION(host_look_up) {
  size_t size;
  if (!function_argument(ctx, argv[1])) return JS_EXCEPTION;
  const char *name = text_argument(ctx, argv[0], &size);
  if (name == NULL) return JS_EXCEPTION;
  struct look_up *this = malloc(sizeof *this + size + 1);
  if (this != NULL) {
    *this = (struct look_up){.job = {.work = look_up, .finish = finish_look_up}};
    memcpy(this->name, name, size + 1);
    if (strlen(name) < size) this->name[0] = 0; // nothing has a name with a NUL character in it
    start(&this->job, &look_ups, argv[1]);
  }
  JS_FreeCString(ctx, name);
  return this == NULL ? JS_ThrowOutOfMemory(ctx) : JS_UNDEFINED;
}

struct derivation {
  struct job job;
  struct bytes password, salt, key; // all three lie in one block
  uint32_t iterations;
  uint8_t block[];
};

static void derive(struct job *job) {
  struct derivation *this = (struct derivation *)job;
  pbkdf2_sha256(this->password.data, this->password.size, this->salt.data, this->salt.size, this->iterations,
                this->key.data, this->key.size);
}

static void finish_derivation(struct job *job, JSValueConst done) {
  struct derivation *this = (struct derivation *)job;
  JSValue key = job->refused ? JS_UNDEFINED : JS_NewArrayBufferCopy(context, this->key.data, this->key.size);
  erase(this->block, this->password.size + this->salt.size + this->key.size);
  free(this);
  if (JS_IsException(key)) {
    JS_FreeValue(context, JS_GetException(context));
    key = JS_UNDEFINED;
  }
  call_back(done, 1, &key);
  JS_FreeValue(context, key);
}

HOST_FUNCTION(host_derive_key) {
  TAKE_NUMBER(iterations, argv[2]);
  TAKE_NUMBER(size, argv[3]);
  TAKE_BYTES(password, argv[0]);
  TAKE_BYTES(salt, argv[1]);
  if (!function_argument(ctx, argv[4])) return JS_EXCEPTION;
  if (!(iterations >= 1 && iterations <= INT_MAX && size >= 0 && size <= LONGEST_KEY))
    return JS_ThrowRangeError(ctx, "Iterations are 1 to 2147483647, bytes at most 65536");
  struct derivation *this = malloc(sizeof *this + password.size + salt.size + (size_t)size);
  if (this == NULL) return JS_ThrowOutOfMemory(ctx);
  *this = (struct derivation){
      .job = {.work = derive, .finish = finish_derivation},
      .password = {this->block, password.size},
      .salt = {this->block + password.size, salt.size},
      .key = {this->block + password.size + salt.size, (size_t)size},
      .iterations = (uint32_t)iterations,
  };
  memcpy(this->password.data, password.data, password.size);
  memcpy(this->salt.data, salt.data, salt.size);
  start(&this->job, &derivations, argv[4]);
  return JS_UNDEFINED;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("lookUp", 2, host_look_up),
    JS_CFUNC_DEF("deriveKey", 5, host_derive_key),
};
const struct part jobs_part = {functions, COUNT(functions)};
