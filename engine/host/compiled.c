// A script as it was compiled by an earlier start, kept beside it: parsing is most of what a start takes. Bytecode is trusted as
// much as the script and the engine, so it is read only from a folder that nobody else can write to, and only whole.

#include "compiled.h"
#include "hashes.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LEAST = 32 * 1024, MOST = 16 * 1024 * 1024 };
static const char ENDING[] = ".compiled";

// What a file begins with; the code follows.
struct head {
  char made_by[64]; // bytecode of another engine is another language
  uint8_t script[SHA256_DIGEST], code[SHA256_DIGEST];
};

static struct head head_of(const char *url, const char *text, size_t size, const uint8_t *code, size_t code_size) {
  struct head head = {.made_by = "norouter " ENGINE_VERSION " " ENGINE_INPUTS "\n"};
  struct sha256 hash;
  sha256_begin(&hash);
  sha256_update(&hash, (const uint8_t *)url, strlen(url) + 1); // the module knows its name
  sha256_update(&hash, (const uint8_t *)text, size);
  sha256_end(&hash, head.script);
  sha256_begin(&hash);
  sha256_update(&hash, code, code_size);
  sha256_end(&hash, head.code);
  return head;
}

// The folder of a script, if it belongs to this user and nobody else can write to it; else -1.
static int open_own_folder(const char *path, const char **name) {
  const char *slash = strrchr(path, '/');
  char folder[PATH_MAX] = ".";
  if (slash != NULL && snprintf(folder, sizeof folder, "%.*s/", (int)(slash - path), path) >= (int)sizeof folder) return -1;
  *name = slash == NULL ? path : slash + 1;
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat found;
  if (fd >= 0 && fstat(fd, &found) == 0 && found.st_uid == geteuid() && (found.st_mode & 022) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

static bool read_all(int fd, uint8_t *data, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t count = read(fd, data + done, size - done);
    if (count <= 0) return false;
    done += count;
  }
  return true;
}

static bool write_all(int fd, const void *data, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t count = write(fd, (const char *)data + done, size - done);
    if (count <= 0) return false;
    done += count;
  }
  return true;
}

// A file that this user alone could have written.
static bool is_own(const struct stat *found) {
  return S_ISREG(found->st_mode) && found->st_uid == geteuid() && found->st_nlink == 1 && (found->st_mode & 077) == 0;
}

// A whole file, for `free`; NULL if there is none, or it is not this user's alone.
static uint8_t *file_in(int folder, const char *name, size_t *size) {
  int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat found;
  uint8_t *data = NULL;
  if (fd >= 0 && fstat(fd, &found) == 0 && is_own(&found) && found.st_size < MOST) {
    *size = found.st_size;
    data = malloc(*size + 1);
    if (data != NULL && !read_all(fd, data, *size)) {
      free(data);
      data = NULL;
    }
  }
  if (fd >= 0) close(fd);
  return data;
}

static JSModuleDef *module_of(JSContext *ctx, const uint8_t *code, size_t size) {
  JSValue value = JS_ReadObject(ctx, code, size, JS_READ_OBJ_BYTECODE);
  if (!JS_IsException(value) && JS_VALUE_GET_TAG(value) == JS_TAG_MODULE && JS_ResolveModule(ctx, value) == 0) {
    JSModuleDef *module = JS_VALUE_GET_PTR(value);
    JS_FreeValue(ctx, value); // the context keeps it
    return module;
  }
  // It was read in part, or some of its imports were: what is left of them is in no known state.
  fprintf(stderr, "engine: What was compiled of the script cannot be loaded\n");
  leave(70);
}

JSModuleDef *compiled_read(JSContext *ctx, const char *path, const char *url, const char *text, size_t size) {
  const char *script;
  int folder = size < LEAST ? -1 : open_own_folder(path, &script);
  if (folder < 0) return NULL;
  char name[NAME_MAX];
  size_t kept;
  uint8_t *data = NULL;
  if (snprintf(name, sizeof name, "%s%s", script, ENDING) < (int)sizeof name) data = file_in(folder, name, &kept);
  close(folder);
  JSModuleDef *module = NULL;
  if (data != NULL && kept > sizeof(struct head)) {
    const uint8_t *code = data + sizeof(struct head);
    struct head wanted = head_of(url, text, size, code, kept - sizeof wanted);
    if (memcmp(data, &wanted, sizeof wanted) == 0) module = module_of(ctx, code, kept - sizeof wanted);
  }
  free(data);
  return module;
}

// Written beside and put in place whole, so that a start at the same time reads the old file or the new one.
static void put(int folder, const char *script, const struct head *head, const uint8_t *code, size_t size) {
  char name[NAME_MAX], made[NAME_MAX];
  if (snprintf(name, sizeof name, "%s%s", script, ENDING) >= (int)sizeof name) return;
  if (snprintf(made, sizeof made, "%s.%d", name, getpid()) >= (int)sizeof made) return;
  unlinkat(folder, made, 0); // of a process with this number that was killed
  int fd = openat(folder, made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return;
  bool whole = write_all(fd, head, sizeof *head) && write_all(fd, code, size);
  if (close(fd) == 0 && whole && renameat(folder, made, folder, name) == 0) return;
  unlinkat(folder, made, 0);
}

void compiled_write(JSContext *ctx, JSModuleDef *module, const char *path, const char *url, const char *text, size_t size) {
  const char *script;
  int folder = size < LEAST ? -1 : open_own_folder(path, &script);
  if (folder < 0) return;
  size_t code_size;
  uint8_t *code = JS_WriteObject(ctx, &code_size, JS_MKPTR(JS_TAG_MODULE, module), JS_WRITE_OBJ_BYTECODE);
  if (code == NULL) JS_FreeValue(ctx, JS_GetException(ctx));
  else {
    struct head head = head_of(url, text, size, code, code_size);
    put(folder, script, &head, code, code_size);
    js_free(ctx, code);
  }
  close(folder);
}
