/* SPDX-License-Identifier: Apache-2.0 */
/* name.h - the one check for every string from a configuration that becomes a file name. */
#ifndef RUNTIME_LINUX_NAME_H
#define RUNTIME_LINUX_NAME_H

#include <stdbool.h>

#include <cleat/error.h>

/**
 * Can @name be one component of a path: not empty, not "." or "..", at most 255 bytes, no '/', no
 * control character (NUL ends it anyway)?
 */
bool name_is_safe(const char *name);
/** The same with a sentence: "cannot use 'NAME' as WHAT: ...". EINVAL. */
int name_check(const char *name, const char *what, struct cleat_error *err);
/** A path of safe names, absolute or not, without "." and "..". EINVAL. */
int name_check_path(const char *path, const char *what, struct cleat_error *err);

#endif
