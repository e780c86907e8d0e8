/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.h - the one way into a container's tree.
 *
 * Every name that comes from a configuration or an image is resolved below a root descriptor by
 * openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS): links may point where they like, the kernel
 * does not let them out. What comes back is a descriptor; nobody resolves the same name twice.
 */
#ifndef RUNTIME_LINUX_PATH_H
#define RUNTIME_LINUX_PATH_H

#include <stdint.h>
#include <sys/types.h>

/** Open @path below @root. @flags of open(2); @resolve adds RESOLVE_* bits. fd (O_CLOEXEC) or -errno. */
int path_open(int root, const char *path, int flags, uint64_t resolve);

/** mkdir -p below @root; links on the way are followed, also dangling ones. O_PATH fd or -errno. */
int path_make_directory(int root, const char *path, mode_t mode);
/** The same for a path that was just found missing. */
int path_make_missing(int root, const char *path, mode_t mode);

/** Open @path or make it an empty file, with its parents. O_PATH fd or -errno. */
int path_make_file(int root, const char *path, mode_t mode);

/**
 * Open the directory that holds the last component of @path, making it when missing; *@out_name
 * points at that component inside @path. O_PATH fd or -errno (EINVAL: no such component).
 */
int path_make_parent(int root, const char *path, const char **out_name);

#endif
