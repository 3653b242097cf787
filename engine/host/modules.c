// Modules: "engine:host", those of engine/node that are embedded as text, data: URLs, and the program's file. What nobody
// imports is not parsed.

#include "modules.h"
#include "codecs.h"
#include "compiled.h"
#include "host.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODULES = 256 };

// The modules that are loaded, by their place in the table.
static JSModuleDef *loaded[MODULES];
static char *main_url;

static bool begins(const char *text, const char *with) {
  return strncmp(text, with, strlen(with)) == 0;
}

static int find(const char *name) {
  for (int i = 0; i < embedded_module_count; i++)
    if (strcmp(embedded_modules[i].name, name) == 0) return i;
  return -1;
}

// Defines a property of a value that may be an exception itself; false then, too.
static bool define(JSContext *ctx, JSValueConst object, const char *name, JSValue value, int flags) {
  return !JS_IsException(value) && JS_DefinePropertyValueStr(ctx, object, name, value, flags) >= 0;
}

static void throw_missing(JSContext *ctx, const char *name) {
  JSValue error = JS_NewError(ctx);
  if (JS_IsException(error)) return;
  char message[256];
  const char *code = begins(name, "node:") ? "ERR_UNKNOWN_BUILTIN_MODULE" : "ERR_MODULE_NOT_FOUND";
  snprintf(message, sizeof message, "The agent's engine has no module \"%.180s\"", name);
  int hidden = JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE;
  if (define(ctx, error, "message", new_text(ctx, message, strlen(message)), hidden) &&
      define(ctx, error, "code", JS_NewString(ctx, code), JS_PROP_C_W_E))
    JS_Throw(ctx, error);
  else JS_FreeValue(ctx, error);
}

// The name of an embedded module in place of what an import says: `net` is `node:net`, and a chunk is found beside its
// importer. Only the engine's own modules can import those whose names begin with `engine:`; the program's file can import the host layer.
static char *normalize(JSContext *ctx, const char *importer, const char *name, void *opaque) {
  char full[128];
  bool own = begins(importer, "engine:") || begins(importer, "node:");
  bool is_main = main_url != NULL && strcmp(importer, main_url) == 0;
  if (is_main && strcmp(name, "engine:host") == 0) return js_strdup(ctx, name);
  if (own && begins(name, "engine:")) return js_strdup(ctx, name);
  if (begins(name, "node:") || begins(name, "data:") || (main_url != NULL && strcmp(name, main_url) == 0))
    return js_strdup(ctx, name);
  if (own && begins(name, "./")) snprintf(full, sizeof full, "engine:%s", name + 2);
  else snprintf(full, sizeof full, "node:%s", name);
  if (find(full) >= 0) return js_strdup(ctx, full);
  throw_missing(ctx, name);
  return NULL;
}

static bool set_url(JSContext *ctx, JSModuleDef *module, const char *url) {
  JSValue meta = JS_GetImportMeta(ctx, module);
  if (JS_IsException(meta)) return false;
  bool defined = define(ctx, meta, "url", JS_NewString(ctx, url), JS_PROP_C_W_E);
  JS_FreeValue(ctx, meta);
  return defined;
}

// `text` has a NUL byte at its end, which `size` does not count.
static JSModuleDef *compile(JSContext *ctx, const char *text, size_t size, const char *name) {
  memory_lift();
  JSValue value = JS_Eval(ctx, text, size, name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
  memory_put_back();
  if (JS_IsException(value)) return NULL;
  JSModuleDef *module = JS_VALUE_GET_PTR(value);
  JS_FreeValue(ctx, value); // the context keeps it
  if (begins(name, "node:") || begins(name, "engine:")) return module;
  return set_url(ctx, module, name) ? module : NULL;
}

static JSModuleDef *load_embedded(JSContext *ctx, int at) {
  const struct embedded_module *one = embedded_modules + at;
  if (loaded[at] == NULL) loaded[at] = compile(ctx, one->text, one->size, one->name);
  return loaded[at];
}

static JSModuleDef *load_data_url(JSContext *ctx, const char *url) {
  size_t size = strlen(url), decoded;
  uint8_t *bytes = js_malloc(ctx, size + 1);
  if (bytes == NULL) return NULL;
  JSModuleDef *module = NULL;
  if (!data_url_decode(url, size, bytes, &decoded)) throw_missing(ctx, url);
  else if (utf8_valid(bytes, decoded) != decoded) JS_ThrowSyntaxError(ctx, "The module is not UTF-8");
  else module = compile(ctx, (char *)bytes, decoded, url);
  js_free(ctx, bytes);
  return module;
}

static JSModuleDef *load(JSContext *ctx, const char *name, void *opaque) {
  int at = find(name);
  if (at >= 0) return load_embedded(ctx, at);
  if (begins(name, "data:")) return load_data_url(ctx, name);
  throw_missing(ctx, name);
  return NULL;
}

static JSValue evaluate(JSContext *ctx, JSModuleDef *module) {
  if (module == NULL) return JS_EXCEPTION;
  memory_lift();
  JSValue promise = JS_EvalFunction(ctx, JS_DupValue(ctx, JS_MKPTR(JS_TAG_MODULE, module)));
  memory_put_back();
  return promise;
}

JSValue run_builtin(JSContext *ctx, const char *name) {
  int at = find(name);
  return at < 0 ? JS_UNDEFINED : evaluate(ctx, load_embedded(ctx, at));
}

// The namespace of a module whose evaluation has ended; these have no `await` outside of functions.
static JSValue namespace_of(JSContext *ctx, JSModuleDef *module, JSValueConst promise) {
  if (JS_PromiseState(ctx, promise) != JS_PROMISE_REJECTED) return JS_GetModuleNamespace(ctx, module);
  forget_rejection(promise);
  return JS_Throw(ctx, JS_PromiseResult(ctx, promise));
}

// Not to be called while a module of engine/node is being evaluated: it may be the one that is asked for.
HOST_FUNCTION(host_builtin_module) {
  const char *name = text_argument(ctx, argv[0], NULL);
  if (name == NULL) return JS_EXCEPTION;
  int at = find(name);
  JS_FreeCString(ctx, name);
  if (at < 0) return JS_UNDEFINED;
  JSModuleDef *module = load_embedded(ctx, at);
  JSValue promise = evaluate(ctx, module);
  if (JS_IsException(promise)) return promise;
  JSValue namespace = namespace_of(ctx, module, promise);
  JS_FreeValue(ctx, promise);
  return namespace;
}

// `file:` and the path, with all but ordinary characters percent-encoded (RFC 3986 section 2.1).
static char *url_of(const char *path) {
  char *real = realpath(path, NULL);
  const char *from = real == NULL ? path : real; // such as /dev/fd/3
  char *url = malloc(strlen(from) * 3 + sizeof "file://"), *to = url;
  if (url != NULL) to += sprintf(to, "file://");
  for (const char *at = from; url != NULL && *at != 0; at++) {
    bool plain = (*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
    if (plain || strchr("/-_.~", *at)) *to++ = *at, *to = 0;
    else to += sprintf(to, "%%%02X", (uint8_t)*at);
  }
  free(real);
  return url;
}

JSValue run_file(JSContext *ctx, const char *path, const char *text, size_t size) {
  main_url = url_of(path);
  if (main_url == NULL) return JS_ThrowOutOfMemory(ctx);
  JSModuleDef *module = compiled_read(ctx, path, main_url, text, size);
  if (module != NULL) return set_url(ctx, module, main_url) ? evaluate(ctx, module) : JS_EXCEPTION;
  module = compile(ctx, text, size, main_url);
  if (module != NULL) compiled_write(ctx, module, path, main_url, text, size);
  return evaluate(ctx, module);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("builtinModule", 1, host_builtin_module),
};
const struct part modules_part = {functions, COUNT(functions)};

static const struct part *const parts[] = {&loop_part,   &timers_part, &bytes_part, &sockets_part, &datagrams_part, &jobs_part,   &hashes_part,
                                           &text_part,   &files_part,  &trees_part, &process_part, &children_part, &namespaces_part, &memory_part, &modules_part};

static JSValue new_names(JSContext *ctx) {
  JSValue list = JS_NewArray(ctx);
  uint32_t count = 0;
  for (int i = 0; !JS_IsException(list) && i < embedded_module_count; i++) {
    if (!begins(embedded_modules[i].name, "node:")) continue;
    if (append(ctx, list, count++, JS_NewString(ctx, embedded_modules[i].name))) continue;
    JS_FreeValue(ctx, list);
    return JS_EXCEPTION;
  }
  return list;
}

static int define_host(JSContext *ctx, JSModuleDef *module) {
  for (int i = 0; i < COUNT(parts); i++)
    if (JS_SetModuleExportList(ctx, module, parts[i]->functions, parts[i]->count) < 0) return -1;
  if (JS_SetModuleExport(ctx, module, "builtinModules", new_names(ctx)) < 0) return -1;
  return process_define(ctx, module);
}

int modules_open(JSContext *ctx) {
  if (embedded_module_count > MODULES) return -1;
  JS_SetModuleLoaderFunc(JS_GetRuntime(ctx), normalize, load, NULL);
  JSModuleDef *module = JS_NewCModule(ctx, "engine:host", define_host);
  if (module == NULL || JS_AddModuleExport(ctx, module, "builtinModules") < 0) return -1;
  for (int i = 0; i < COUNT(parts); i++)
    if (JS_AddModuleExportList(ctx, module, parts[i]->functions, parts[i]->count) < 0) return -1;
  return process_declare(ctx, module);
}
