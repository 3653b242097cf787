// Removes trees of files: with the names as they are, which may not be UTF-8, and with one descriptor at a time.

#include "host.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// The file that is looked at, and what failed with it.
struct removal {
  char path[PATH_MAX];
  size_t length;
  const char *failed; // a system call
};

static int fail(struct removal *this, const char *syscall) {
  if (errno == ENOENT) return 0; // somebody else has removed it
  this->failed = syscall;
  return -errno;
}

// Puts a name behind the path of a folder.
static int enter(struct removal *this, const char *name) {
  size_t size = strlen(name) + 1;
  if (this->length + 1 + size > sizeof this->path) {
    errno = ENAMETOOLONG;
    return fail(this, "scandir");
  }
  this->path[this->length] = '/';
  memcpy(this->path + this->length + 1, name, size);
  this->length += size;
  return 0;
}

static void leave_to(struct removal *this, size_t length) {
  this->length = length;
  this->path[length] = '\0';
}

// Removes files up to the next folder: 1 with its path, 0 where there is none, or an errno below zero.
static int remove_files(struct removal *this) {
  int fd = open(this->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *folder = fd < 0 ? NULL : fdopendir(fd);
  if (folder == NULL) {
    int failed = fail(this, "scandir");
    if (fd >= 0) close(fd);
    return failed;
  }
  size_t length = this->length;
  int result = 0;
  for (struct dirent *entry; result == 0 && (errno = 0, entry = readdir(folder)) != NULL;) {
    struct stat facts;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if ((result = enter(this, entry->d_name)) < 0) break;
    if (lstat(this->path, &facts) == 0 && S_ISDIR(facts.st_mode)) result = 1;
    else if (unlink(this->path) < 0) result = fail(this, "unlink");
    if (result == 0) leave_to(this, length);
  }
  if (result == 0 && errno != 0) result = fail(this, "scandir");
  closedir(folder);
  return result;
}

static int remove_tree(struct removal *this) {
  size_t top = this->length;
  for (;;) {
    int found = remove_files(this);
    if (found < 0) return found;
    if (found > 0) continue;
    if (rmdir(this->path) < 0 && (found = fail(this, "rmdir")) < 0) return found;
    if (this->length == top) return 0;
    leave_to(this, strrchr(this->path, '/') - this->path);
  }
}

HOST_FUNCTION(host_remove_tree) {
  struct removal this;
  JSValue refused = path_argument(ctx, argv[0], this.path);
  if (!JS_IsUndefined(refused)) return refused;
  this.length = strlen(this.path);
  int failed = remove_tree(&this);
  if (failed == 0) return JS_UNDEFINED;
  JSValue values[] = {JS_NewInt32(ctx, failed), JS_NewString(ctx, this.failed), new_text(ctx, this.path, this.length)};
  return new_list(ctx, COUNT(values), values);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("removeTree", 1, host_remove_tree),
};
const struct part trees_part = {functions, COUNT(functions)};
