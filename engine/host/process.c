// The process: its words, environment and signals, and what the machine is.

#include "host.h"
#include "sockets.h"
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH "x64"
#elif defined(__aarch64__)
#define ARCH "arm64"
#endif

extern char **environ;
static int word_count;
static char **words;

void process_arguments(int count, char **given) {
  word_count = count;
  words = given;
}

static JSValue new_argv(JSContext *ctx) {
  JSValue list = JS_NewArray(ctx);
  for (int i = 0; !JS_IsException(list) && i < word_count; i++) {
    if (append(ctx, list, i, new_text(ctx, words[i], strlen(words[i])))) continue;
    JS_FreeValue(ctx, list);
    return JS_EXCEPTION;
  }
  return list;
}

static bool set_text(JSContext *ctx, JSValueConst object, const char *name, size_t size, const char *text) {
  JSValue value = new_text(ctx, text, strlen(text));
  JSAtom atom = JS_IsException(value) ? JS_ATOM_NULL : JS_NewAtomLen(ctx, name, size);
  bool set = atom != JS_ATOM_NULL && JS_DefinePropertyValue(ctx, object, atom, value, JS_PROP_C_W_E) >= 0;
  if (atom == JS_ATOM_NULL) JS_FreeValue(ctx, value);
  JS_FreeAtom(ctx, atom);
  return set;
}

HOST_FUNCTION(host_environment) {
  JSValue object = JS_NewObject(ctx);
  for (char **at = environ; !JS_IsException(object) && *at != NULL; at++) {
    char *value = strchr(*at, '=');
    if (value == NULL || set_text(ctx, object, *at, value - *at, value + 1)) continue;
    JS_FreeValue(ctx, object);
    return JS_EXCEPTION;
  }
  return object;
}

static JSValue new_versions(JSContext *ctx) {
  JSValue object = JS_NewObject(ctx);
  if (JS_IsException(object) || (set_text(ctx, object, "engine", 6, ENGINE_VERSION) &&
                                 set_text(ctx, object, "quickjs", 7, QUICKJS_VERSION) &&
                                 set_text(ctx, object, "musl", 4, MUSL_VERSION)))
    return object;
  JS_FreeValue(ctx, object);
  return JS_EXCEPTION;
}

int process_declare(JSContext *ctx, JSModuleDef *module) {
  static const char *const names[] = {"argv", "pid", "arch", "versions"};
  for (int i = 0; i < COUNT(names); i++)
    if (JS_AddModuleExport(ctx, module, names[i]) < 0) return -1;
  return 0;
}

int process_define(JSContext *ctx, JSModuleDef *module) {
  bool defined = JS_SetModuleExport(ctx, module, "argv", new_argv(ctx)) >= 0 &&
                 JS_SetModuleExport(ctx, module, "pid", JS_NewInt32(ctx, getpid())) >= 0 &&
                 JS_SetModuleExport(ctx, module, "arch", JS_NewString(ctx, ARCH)) >= 0 &&
                 JS_SetModuleExport(ctx, module, "versions", new_versions(ctx)) >= 0;
  return defined ? 0 : -1;
}

HOST_FUNCTION(host_parent_pid) {
  return JS_NewInt32(ctx, getppid());
}

HOST_FUNCTION(host_getuid) {
  return JS_NewUint32(ctx, getuid());
}

HOST_FUNCTION(host_geteuid) {
  return JS_NewUint32(ctx, geteuid());
}

HOST_FUNCTION(host_getgid) {
  return JS_NewUint32(ctx, getgid());
}

HOST_FUNCTION(host_getegid) {
  return JS_NewUint32(ctx, getegid());
}

HOST_FUNCTION(host_cwd) {
  char path[PATH_MAX];
  return getcwd(path, sizeof path) == NULL ? result_of(-1) : new_text(ctx, path, strlen(path));
}

HOST_FUNCTION(host_chdir) {
  TAKE_PATH(path, argv[0]);
  return result_of(chdir(path));
}

HOST_FUNCTION(host_umask) {
  TAKE_INT(mask, argv[0]);
  return JS_NewInt32(ctx, umask(mask));
}

void leave(int code) {
  set_standard_streams(true);
  fflush(NULL);
  _exit(code);
}

HOST_FUNCTION(host_exit) {
  TAKE_INT(code, argv[0]);
  leave(code);
}

HOST_FUNCTION(host_kill) {
  TAKE_INT(pid, argv[0]);
  TAKE_INT(signal, argv[1]);
  return result_of(kill(pid, signal));
}

// Signals that came and were not served, those that JavaScript wants, and those that have the handler: bit n - 1 is signal n.
static _Atomic uint64_t caught;
static uint64_t wanted, handled;

static uint64_t bit_of(int signal) {
  return (uint64_t)1 << (signal - 1);
}

static void on_signal(int signal) {
  int error = errno;
  atomic_fetch_or(&caught, bit_of(signal));
  loop_wake();
  errno = error;
}

// Ends the process as the system would, with standard streams as they were: other processes may share them.
static void on_end(int signal) {
  set_standard_streams(true);
  raise(signal);
}

static int act_by_default(int signal) {
  struct sigaction action = {.sa_handler = signal == SIGPIPE ? SIG_IGN : SIG_DFL};
  if (signal == SIGINT || signal == SIGTERM) action = (struct sigaction){.sa_handler = on_end, .sa_flags = SA_RESETHAND};
  return sigaction(signal, &action, NULL);
}

void process_open(void) {
  static const int signals[] = {SIGINT, SIGPIPE, SIGTERM};
  for (int i = 0; i < COUNT(signals); i++) {
    struct sigaction inherited;
    bool is_ignored = sigaction(signals[i], NULL, &inherited) == 0 && inherited.sa_handler == SIG_IGN;
    if (!is_ignored) act_by_default(signals[i]);
  }
}

int handle_signal(int signal) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  if (handled & bit_of(signal)) return 0;
  if (sigaction(signal, &action, NULL) < 0) return -1;
  handled |= bit_of(signal);
  return 0;
}

HOST_FUNCTION(host_catch_signal) {
  TAKE_INT(signal, argv[0]);
  if (signal < 1 || signal > 64) return JS_NewInt32(ctx, -EINVAL);
  if (handle_signal(signal) < 0) return result_of(-1);
  wanted |= bit_of(signal);
  return JS_NewInt32(ctx, 0);
}

HOST_FUNCTION(host_release_signal) {
  TAKE_INT(signal, argv[0]);
  if (signal < 1 || signal > 64) return JS_NewInt32(ctx, -EINVAL);
  if (!(wanted & bit_of(signal))) return JS_NewInt32(ctx, 0);
  wanted &= ~bit_of(signal);
  if (signal == SIGCHLD) return JS_NewInt32(ctx, 0); // its default is to do nothing, and children may want it
  handled &= ~bit_of(signal);
  return result_of(act_by_default(signal));
}

void process_serve(void) {
  uint64_t came = atomic_exchange(&caught, 0);
  if (came & bit_of(SIGCHLD)) children_reap();
  for (int signal = 1; came != 0 && signal <= 64; signal++)
    if (came & wanted & bit_of(signal)) call_signal_hook(signal);
}

HOST_FUNCTION(host_exec) {
  TAKE_PATH(path, argv[0]);
  char **arguments = words_argument(ctx, argv[1]);
  if (arguments == NULL) return JS_EXCEPTION;
  char **environment = words_argument(ctx, argv[2]);
  if (environment == NULL) {
    free_words(arguments);
    return JS_EXCEPTION;
  }
  struct sigaction standard = {.sa_handler = SIG_DFL}, own;
  set_standard_streams(true);
  sigaction(SIGPIPE, &standard, &own);
  execve(path, arguments, environment);
  JSValue failed = result_of(-1);
  sigaction(SIGPIPE, &own, NULL);
  set_standard_streams(false);
  free_words(arguments);
  free_words(environment);
  return failed;
}

static void mac_of(const struct ifaddrs *all, const char *name, char text[18]) {
  strcpy(text, "00:00:00:00:00:00");
  for (; all != NULL; all = all->ifa_next) {
    const struct sockaddr_ll *link = (const void *)all->ifa_addr;
    if (link == NULL || link->sll_family != AF_PACKET || strcmp(all->ifa_name, name) != 0 || link->sll_halen != 6) continue;
    const uint8_t *mac = link->sll_addr;
    snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
  }
}

// An interface's entry; undefined for one that is down or has no such address.
static JSValue new_interface(JSContext *ctx, const struct ifaddrs *all, const struct ifaddrs *one) {
  char address[ADDRESS_TEXT], netmask[ADDRESS_TEXT] = "", mac[18];
  int port, family;
  unsigned up = IFF_UP | IFF_RUNNING;
  if (one->ifa_addr == NULL || (one->ifa_flags & up) != up || !text_of_address(one->ifa_addr, address, &port, &family))
    return JS_UNDEFINED;
  address[strcspn(address, "%")] = 0; // the scope stands by itself
  if (one->ifa_netmask != NULL) text_of_address(one->ifa_netmask, netmask, &port, &family);
  mac_of(all, one->ifa_name, mac);
  uint32_t scope = one->ifa_addr->sa_family == AF_INET6 ? ((const struct sockaddr_in6 *)one->ifa_addr)->sin6_scope_id : 0;
  JSValue values[] = {new_text(ctx, one->ifa_name, strlen(one->ifa_name)),
                      JS_NewString(ctx, address),
                      JS_NewInt32(ctx, family),
                      JS_NewString(ctx, netmask),
                      JS_NewBool(ctx, one->ifa_flags & IFF_LOOPBACK),
                      JS_NewString(ctx, mac),
                      JS_NewUint32(ctx, scope)};
  return new_list(ctx, COUNT(values), values);
}

HOST_FUNCTION(host_network_interfaces) {
  struct ifaddrs *all;
  if (getifaddrs(&all) < 0) return result_of(-1);
  JSValue list = JS_NewArray(ctx);
  bool whole = !JS_IsException(list);
  uint32_t count = 0;
  for (struct ifaddrs *one = all; whole && one != NULL; one = one->ifa_next) {
    JSValue entry = new_interface(ctx, all, one);
    if (!JS_IsUndefined(entry)) whole = append(ctx, list, count++, entry);
  }
  freeifaddrs(all);
  if (whole) return list;
  JS_FreeValue(ctx, list);
  return JS_EXCEPTION;
}

HOST_FUNCTION(host_hostname) {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  return new_text(ctx, name, strlen(name));
}

HOST_FUNCTION(host_error_text) {
  TAKE_INT(error, argv[0]);
  return JS_NewString(ctx, strerror(error));
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("environment", 0, host_environment),
    JS_CFUNC_DEF("parentPid", 0, host_parent_pid),
    JS_CFUNC_DEF("getuid", 0, host_getuid),
    JS_CFUNC_DEF("geteuid", 0, host_geteuid),
    JS_CFUNC_DEF("getgid", 0, host_getgid),
    JS_CFUNC_DEF("getegid", 0, host_getegid),
    JS_CFUNC_DEF("cwd", 0, host_cwd),
    JS_CFUNC_DEF("chdir", 1, host_chdir),
    JS_CFUNC_DEF("umask", 1, host_umask),
    JS_CFUNC_DEF("exit", 1, host_exit),
    JS_CFUNC_DEF("kill", 2, host_kill),
    JS_CFUNC_DEF("catchSignal", 1, host_catch_signal),
    JS_CFUNC_DEF("releaseSignal", 1, host_release_signal),
    JS_CFUNC_DEF("exec", 3, host_exec),
    JS_CFUNC_DEF("networkInterfaces", 0, host_network_interfaces),
    JS_CFUNC_DEF("hostname", 0, host_hostname),
    JS_CFUNC_DEF("errorText", 1, host_error_text),
};
const struct part process_part = {functions, COUNT(functions)};
