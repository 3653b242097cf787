// A script as it was compiled by an earlier start, kept beside it.

#ifndef COMPILED_H
#define COMPILED_H

#include "host.h"

// What is kept of the script at `path`, whose module is called `url`; NULL when nothing fits, and without an exception.
JSModuleDef *compiled_read(JSContext *ctx, const char *path, const char *url, const char *text, size_t size);
// Keeps a module that was not run yet, if only this user can write to the folder. Whatever fails, nothing is kept.
void compiled_write(JSContext *ctx, JSModuleDef *module, const char *path, const char *url, const char *text, size_t size);

#endif
