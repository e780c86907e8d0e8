/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open.c - the one place that calls libltdl.
 *
 * What was checked is what is loaded: libltdl gets /proc/self/fd/N of the descriptor that was
 * judged. That descriptor stays open for ever, because libltdl and libc remember the path and would
 * answer the next plugin behind the same number with the previous one (tried).
 */
#include "open.h"

#include "builtin.h"
#include "elf.h"

#include "base/text.h"

#include <cleat/cleanup.h>

#include <fcntl.h>
#include <ltdl.h>
#include <stdio.h>

int open_setup(struct cleat_error *err)
{
	static bool done; /* libltdl itself is global, and only one thread runs */

	if (done)
		return 0;
	if (lt_dlinit() != 0)
		return cleat_fail(err, ENOSYS, "cannot start libltdl: %s", lt_dlerror());
	/* A static program has no such loader (cleat_builtins), and must not get one by accident. */
	if (program_builtins.sealed)
		(void)lt_dlloader_remove("lt_dlopen");
	int r = builtin_preload(err);

	done = r == 0;
	return r;
}

/* local: no symbol of a plugin is seen by another. resident: what ran once is never unmapped. */
static lt_dlhandle load(const char *path)
{
	lt_dladvise advise = NULL;
	lt_dlhandle handle = NULL;

	if (lt_dladvise_init(&advise) == 0 && lt_dladvise_local(&advise) == 0 &&
	    lt_dladvise_resident(&advise) == 0)
		handle = lt_dlopenadvise(path, advise);
	if (advise)
		(void)lt_dladvise_destroy(&advise);
	return handle;
}

static int load_symbol(const char *path, const struct cleat_plugin **out, struct cleat_error *err)
{
	lt_dlhandle handle = load(path);

	if (!handle) {
		const char *why = lt_dlerror();
		const char *reason = open_reason(path);

		if (reason)
			why = reason;
		return cleat_fail(err, ENOEXEC, "cannot load it: %s", why ? why : "out of memory");
	}
	*out = lt_dlsym(handle, "cleat_plugin");
	if (!*out)
		return cleat_fail(err, EINVAL, "found no symbol 'cleat_plugin', wanted one");
	return 0;
}

int open_plugin(const char *path, const struct cleat_plugin **out, struct cleat_error *err)
{
	char by_number[40];

	if (text_starts(path, "/builtin/"))
		return load_symbol(path, out, err);
	_cleanup_close_ int fd = open_trusted(path, err);

	if (fd < 0)
		return fd;
	int r = elf_check(fd, err);

	if (r < 0)
		return r;
	(void)snprintf(by_number, sizeof(by_number), "/proc/self/fd/%d", fd);
	(void)take_fd(&fd); /* stays open, also when loading fails: the path may be remembered */
	return load_symbol(by_number, out, err);
}
