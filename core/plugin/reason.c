/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reason.c - ask the dynamic loader itself why it refused.
 *
 * libltdl tries its loaders in turn and keeps the last one's "file not found"; what helps is ld.so's
 * "undefined symbol: x". A file that fails runs no code, so asking again is harmless. Alone in its
 * file: a static program brings its own (sealed.c) and must not contain dlopen.
 */
#include "open.h"

#include <dlfcn.h>
#include <string.h>

const char *open_reason(const char *path)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const char *why = handle ? NULL : dlerror();
	size_t len = strlen(path);

	if (handle)
		(void)dlclose(handle);
	if (why && strncmp(why, path, len) == 0 && strncmp(why + len, ": ", 2) == 0)
		why += len + 2; /* /proc/self/fd/N tells nobody anything */
	return why;
}
