// Programs that this process starts, and how each of them ends.

#include "host.h"
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// As host.d.ts has them.
enum { NEW_SESSION = 1, OWN_GROUP = 2, DIES_WITH_PARENT = 4, TELLS_STOPS = 8, ALL_OPTIONS = 15 };
enum { MOST_DESCRIPTORS = 64 };

struct child {
  struct child *next;
  pid_t pid;
  bool tells_stops;
  JSValue ended;
};
static struct child *children;

bool children_hold(void) {
  return children != NULL;
}

static void tell(struct child *child, int status) {
  int code = WIFSTOPPED(status)    ? -WSTOPSIG(status)
             : WIFSIGNALED(status) ? -WTERMSIG(status)
                                   : WEXITSTATUS(status);
  JSValue ended = JS_DupValue(context, child->ended);
  JSValue arguments[] = {JS_NewInt32(context, code), JS_NewBool(context, WIFSTOPPED(status))};
  if (!WIFSTOPPED(status)) {
    JS_FreeValue(context, child->ended);
    free(child);
  }
  call_back(ended, COUNT(arguments), arguments);
  JS_FreeValue(context, ended);
}

void children_reap(void) {
  for (struct child **at = &children; *at != NULL;) {
    struct child *child = *at;
    int status = 0;
    if (waitpid(child->pid, &status, WNOHANG | (child->tells_stops ? WUNTRACED : 0)) == 0) {
      at = &child->next;
      continue;
    }
    if (!WIFSTOPPED(status)) *at = child->next;
    tell(child, status);
    at = &children; // the callback may have started others
  }
}

// What a program gets. It is used between fork and exec, where nothing may be allocated.
struct program {
  const char *path;
  char **arguments, **environment;
  int descriptors[MOST_DESCRIPTORS];
  int count;
  int options;
};

// Gives the descriptors their numbers, beginning with 0: none is overwritten before it was moved.
static bool place_descriptors(const struct program *program) {
  int moved[MOST_DESCRIPTORS];
  for (int i = 0; i < program->count; i++)
    if ((moved[i] = fcntl(program->descriptors[i], F_DUPFD_CLOEXEC, program->count)) < 0) return false;
  for (int i = 0; i < program->count; i++)
    if (dup2(moved[i], i) < 0) return false;
  return true;
}

// Becomes the program; what failed is told through `report`.
static void become(const struct program *program, int report, pid_t parent) __attribute__((noreturn));
static void become(const struct program *program, int report, pid_t parent) {
  struct sigaction standard = {.sa_handler = SIG_DFL};
  sigset_t none;
  sigemptyset(&none);
  int kept = fcntl(report, F_DUPFD_CLOEXEC, program->count);
  bool ready = kept >= 0 && place_descriptors(program);
  if (ready && (program->options & NEW_SESSION)) ready = setsid() >= 0; // it has a group of its own, too
  else if (ready && (program->options & OWN_GROUP)) ready = setpgid(0, 0) == 0;
  if (ready && (program->options & DIES_WITH_PARENT)) {
    ready = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
    if (getppid() != parent) _exit(127);
  }
  sigaction(SIGPIPE, &standard, NULL);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (ready) execve(program->path, program->arguments, program->environment);
  int error = errno;
  (void)!write(kept >= 0 ? kept : report, &error, sizeof error);
  _exit(127);
}

// The number of the process, or -errno.
static pid_t start_program(const struct program *program) {
  int ends[2], error = 0;
  if (handle_signal(SIGCHLD) < 0 || pipe2(ends, O_CLOEXEC) < 0) return -errno;
  pid_t parent = getpid();
  pid_t pid = fork();
  if (pid == 0) become(program, ends[1], parent);
  int failed = errno;
  close(ends[1]);
  ssize_t got;
  do got = pid < 0 ? 0 : read(ends[0], &error, sizeof error);
  while (got < 0 && errno == EINTR);
  close(ends[0]);
  if (pid < 0) return -failed;
  if (got <= 0) return pid;
  waitpid(pid, NULL, 0);
  return -error;
}

// Takes over the words. An exception, or the number of the process, or -errno.
static JSValue start_child(JSContext *ctx, struct program *program, JSValueConst ended) {
  struct child *child = malloc(sizeof *child);
  if (child == NULL) return JS_ThrowOutOfMemory(ctx);
  pid_t pid = start_program(program);
  if (pid < 0) {
    free(child);
    return JS_NewInt32(ctx, pid);
  }
  *child = (struct child){children, pid, program->options & TELLS_STOPS, JS_DupValue(ctx, ended)};
  children = child;
  return JS_NewInt32(ctx, pid);
}

// The words of a program: false with an exception.
static bool take_words(JSContext *ctx, struct program *program, JSValueConst arguments, JSValueConst environment) {
  program->arguments = words_argument(ctx, arguments);
  program->environment = program->arguments == NULL ? NULL : words_argument(ctx, environment);
  if (program->environment != NULL) return true;
  free_words(program->arguments);
  return false;
}

static JSValue start_with(JSContext *ctx, struct program *program, JSValueConst ended) {
  JSValue started = start_child(ctx, program, ended);
  free_words(program->arguments);
  free_words(program->environment);
  return started;
}

HOST_FUNCTION(host_start) {
  TAKE_PATH(path, argv[0]);
  TAKE_INT(options, argv[4]);
  if (!function_argument(ctx, argv[5])) return JS_EXCEPTION;
  if (options & ~ALL_OPTIONS) return JS_NewInt32(ctx, -EINVAL);
  struct program program = {.path = path, .options = options};
  program.count = descriptors_argument(ctx, argv[3], program.descriptors, MOST_DESCRIPTORS);
  if (program.count < 0 || !take_words(ctx, &program, argv[1], argv[2])) return JS_EXCEPTION;
  return start_with(ctx, &program, argv[5]);
}

HOST_FUNCTION(host_signal_of_parents_end) {
  TAKE_INT(signal, argv[0]);
  return result_of(prctl(PR_SET_PDEATHSIG, signal));
}

HOST_FUNCTION(host_spawn) {
  TAKE_PATH(path, argv[0]);
  if (!function_argument(ctx, argv[3])) return JS_EXCEPTION;
  struct program program = {.path = path, .options = OWN_GROUP, .count = 3};
  if (!take_words(ctx, &program, argv[1], argv[2])) return JS_EXCEPTION;
  int ends[2] = {-1, -1}, nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0 || pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) {
    int error = errno;
    for (int i = 0; i < 2; i++) if (ends[i] >= 0) close(ends[i]);
    if (nothing >= 0) close(nothing);
    free_words(program.arguments);
    free_words(program.environment);
    return JS_NewInt32(ctx, -error);
  }
  memcpy(program.descriptors, (int[]){nothing, ends[1], nothing}, 3 * sizeof(int));
  JSValue started = start_with(ctx, &program, argv[3]);
  close(ends[1]);
  close(nothing);
  if (!JS_IsException(started) && JS_VALUE_GET_INT(started) > 0) {
    JSValue values[] = {started, JS_NewInt32(ctx, ends[0])};
    JSValue both = new_list(ctx, COUNT(values), values);
    if (!JS_IsException(both)) return both;
    kill(JS_VALUE_GET_INT(started), SIGKILL); // nobody would know of it
    started = both;
  }
  close(ends[0]);
  return started;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("start", 6, host_start),
    JS_CFUNC_DEF("spawn", 4, host_spawn),
    JS_CFUNC_DEF("signalOfParentsEnd", 1, host_signal_of_parents_end),
};
const struct part children_part = {functions, COUNT(functions)};
