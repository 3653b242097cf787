// Files and folders. Paths are UTF-8; one that has a NUL byte in it is refused.

#include "host.h"
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static double ms_of(struct timespec time) {
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static struct timespec time_of(double ms) {
  double seconds = floor(ms / 1e3);
  return (struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = (long)((ms - seconds * 1e3) * 1e6)};
}

static JSValue facts_of(JSContext *ctx, const struct stat *facts) {
  double numbers[] = {facts->st_mode,        facts->st_size,        facts->st_uid,        facts->st_gid,
                      facts->st_ino,         facts->st_dev,         facts->st_nlink,      ms_of(facts->st_atim),
                      ms_of(facts->st_mtim), ms_of(facts->st_ctim)};
  JSValue values[COUNT(numbers)];
  for (int i = 0; i < COUNT(numbers); i++) values[i] = JS_NewFloat64(ctx, numbers[i]);
  return new_list(ctx, COUNT(values), values);
}

HOST_FUNCTION(host_open) {
  TAKE_PATH(path, argv[0]);
  TAKE_INT(flags, argv[1]);
  TAKE_INT(mode, argv[2]);
  return result_of(open(path, flags | O_CLOEXEC, mode));
}

HOST_FUNCTION(host_stat) {
  TAKE_PATH(path, argv[0]);
  struct stat facts;
  int failed = JS_ToBool(ctx, argv[1]) ? stat(path, &facts) : lstat(path, &facts);
  return failed < 0 ? result_of(-1) : facts_of(ctx, &facts);
}

HOST_FUNCTION(host_fstat) {
  TAKE_INT(fd, argv[0]);
  struct stat facts;
  return fstat(fd, &facts) < 0 ? result_of(-1) : facts_of(ctx, &facts);
}

HOST_FUNCTION(host_is_same_file) {
  TAKE_INT(one, argv[0]);
  TAKE_INT(other, argv[1]);
  struct stat a, b;
  bool both = fstat(one, &a) == 0 && fstat(other, &b) == 0;
  return JS_NewBool(ctx, both && a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

HOST_FUNCTION(host_access) {
  TAKE_PATH(path, argv[0]);
  TAKE_INT(mode, argv[1]);
  return result_of(access(path, mode));
}

HOST_FUNCTION(host_mkdir) {
  TAKE_PATH(path, argv[0]);
  TAKE_INT(mode, argv[1]);
  return result_of(mkdir(path, mode));
}

HOST_FUNCTION(host_mkdtemp) {
  TAKE_PATH(template, argv[0]);
  return mkdtemp(template) == NULL ? result_of(-1) : new_text(ctx, template, strlen(template));
}

HOST_FUNCTION(host_rmdir) {
  TAKE_PATH(path, argv[0]);
  return result_of(rmdir(path));
}

HOST_FUNCTION(host_unlink) {
  TAKE_PATH(path, argv[0]);
  return result_of(unlink(path));
}

HOST_FUNCTION(host_rename) {
  TAKE_PATH(from, argv[0]);
  TAKE_PATH(to, argv[1]);
  return result_of(rename(from, to));
}

HOST_FUNCTION(host_link) {
  TAKE_PATH(existing, argv[0]);
  TAKE_PATH(path, argv[1]);
  return result_of(link(existing, path));
}

HOST_FUNCTION(host_symlink) {
  TAKE_PATH(target, argv[0]);
  TAKE_PATH(path, argv[1]);
  return result_of(symlink(target, path));
}

HOST_FUNCTION(host_readlink) {
  TAKE_PATH(path, argv[0]);
  char target[PATH_MAX];
  ssize_t size = readlink(path, target, sizeof target);
  return size < 0 ? result_of(-1) : new_text(ctx, target, size);
}

HOST_FUNCTION(host_realpath) {
  TAKE_PATH(path, argv[0]);
  char real[PATH_MAX];
  return realpath(path, real) == NULL ? result_of(-1) : new_text(ctx, real, strlen(real));
}

HOST_FUNCTION(host_chmod) {
  TAKE_PATH(path, argv[0]);
  TAKE_INT(mode, argv[1]);
  return result_of(chmod(path, mode));
}

// User and group numbers have 32 bits; -1 leaves one alone.
static bool owner_argument(JSContext *ctx, JSValueConst value, uint32_t *out) {
  double number;
  if (!number_argument(ctx, value, &number)) return false;
  *out = number >= 0 && number <= UINT32_MAX ? (uint32_t)number : (uint32_t)-1;
  return true;
}

HOST_FUNCTION(host_chown) {
  TAKE_PATH(path, argv[0]);
  uint32_t user, group;
  if (!owner_argument(ctx, argv[1], &user) || !owner_argument(ctx, argv[2], &group)) return JS_EXCEPTION;
  return result_of(chown(path, user, group));
}

HOST_FUNCTION(host_utimes) {
  TAKE_PATH(path, argv[0]);
  TAKE_NUMBER(accessed, argv[1]);
  TAKE_NUMBER(modified, argv[2]);
  if (!(fabs(accessed) <= MAX_SAFE_INTEGER && fabs(modified) <= MAX_SAFE_INTEGER)) return JS_NewInt32(ctx, -EINVAL);
  struct timespec times[] = {time_of(accessed), time_of(modified)};
  return result_of(utimensat(AT_FDCWD, path, times, 0));
}

static JSValue new_entry(JSContext *ctx, const struct dirent *entry) {
  JSValue values[] = {new_text(ctx, entry->d_name, strlen(entry->d_name)), JS_NewInt32(ctx, entry->d_type)};
  return new_list(ctx, COUNT(values), values);
}

// `list` with an entry for each name; 0, an errno, or -1 with an exception.
static int read_entries(JSContext *ctx, DIR *folder, JSValueConst list) {
  struct dirent *entry;
  for (uint32_t at = 0; (errno = 0, entry = readdir(folder)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (!append(ctx, list, at++, new_entry(ctx, entry))) return -1;
  }
  return errno;
}

HOST_FUNCTION(host_readdir) {
  TAKE_PATH(path, argv[0]);
  DIR *folder = opendir(path);
  if (folder == NULL) return result_of(-1);
  JSValue list = JS_NewArray(ctx);
  int failed = JS_IsException(list) ? -1 : read_entries(ctx, folder, list);
  closedir(folder);
  if (failed == 0) return list;
  JS_FreeValue(ctx, list);
  return failed < 0 ? JS_EXCEPTION : JS_NewInt32(ctx, -failed);
}

HOST_FUNCTION(host_fchmod) {
  TAKE_INT(fd, argv[0]);
  TAKE_INT(mode, argv[1]);
  return result_of(fchmod(fd, mode));
}

HOST_FUNCTION(host_fchown) {
  TAKE_INT(fd, argv[0]);
  uint32_t user, group;
  if (!owner_argument(ctx, argv[1], &user) || !owner_argument(ctx, argv[2], &group)) return JS_EXCEPTION;
  return result_of(fchown(fd, user, group));
}

HOST_FUNCTION(host_ftruncate) {
  TAKE_INT(fd, argv[0]);
  TAKE_NUMBER(size, argv[1]);
  if (!(size >= 0 && size <= MAX_SAFE_INTEGER)) return JS_NewInt32(ctx, -EINVAL);
  return result_of(ftruncate(fd, (off_t)size));
}

HOST_FUNCTION(host_fsync) {
  TAKE_INT(fd, argv[0]);
  return result_of(fsync(fd));
}

HOST_FUNCTION(host_isatty) {
  TAKE_INT(fd, argv[0]);
  return JS_NewBool(ctx, isatty(fd));
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("open", 3, host_open),
    JS_CFUNC_DEF("stat", 2, host_stat),
    JS_CFUNC_DEF("fstat", 1, host_fstat),
    JS_CFUNC_DEF("isSameFile", 2, host_is_same_file),
    JS_CFUNC_DEF("access", 2, host_access),
    JS_CFUNC_DEF("mkdir", 2, host_mkdir),
    JS_CFUNC_DEF("mkdtemp", 1, host_mkdtemp),
    JS_CFUNC_DEF("rmdir", 1, host_rmdir),
    JS_CFUNC_DEF("unlink", 1, host_unlink),
    JS_CFUNC_DEF("rename", 2, host_rename),
    JS_CFUNC_DEF("link", 2, host_link),
    JS_CFUNC_DEF("symlink", 2, host_symlink),
    JS_CFUNC_DEF("readlink", 1, host_readlink),
    JS_CFUNC_DEF("realpath", 1, host_realpath),
    JS_CFUNC_DEF("chmod", 2, host_chmod),
    JS_CFUNC_DEF("chown", 3, host_chown),
    JS_CFUNC_DEF("utimes", 3, host_utimes),
    JS_CFUNC_DEF("readdir", 1, host_readdir),
    JS_CFUNC_DEF("fchmod", 2, host_fchmod),
    JS_CFUNC_DEF("fchown", 3, host_fchown),
    JS_CFUNC_DEF("ftruncate", 2, host_ftruncate),
    JS_CFUNC_DEF("fsync", 1, host_fsync),
    JS_CFUNC_DEF("isatty", 1, host_isatty),
};
const struct part files_part = {functions, COUNT(functions)};
