/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer.c - judge what came back from a plugin.
 *
 * A plugin is somebody else's code. What it got wrong must be told with its name, here, and not as
 * an empty sentence or a leaked descriptor three layers up.
 */
#include "answer.h"

#include <errno.h>
#include <fcntl.h>

int answer_missing(const struct plugin *plugin, const char *op, struct cleat_error *err)
{
	return cleat_fail(err, ENOTSUP, "plugin %s/%s does not support '%s'", plugin->desc.type,
			  plugin->desc.name, op);
}

int answer(const struct plugin *plugin, const char *op, int result, struct cleat_error *err)
{
	enum { MAX_ERRNO = 4095 };

	if (result >= 0)
		return result;
	if (result < -MAX_ERRNO)
		result = -EIO;
	err->text[sizeof(err->text) - 1] = '\0';
	if (err->text[0] == '\0')
		return cleat_fail(err, -result, "plugin %s/%s failed in '%s': %m",
				  plugin->desc.type, plugin->desc.name, op);
	err->errnum = -result; /* one truth: the returned number */
	return result;
}

int answer_fd(const struct plugin *plugin, const char *op, int fd, struct cleat_error *err)
{
	int flags = fd < 0 ? FD_CLOEXEC : fcntl(fd, F_GETFD);

	if (flags < 0)
		return cleat_fail(err, EBADF,
				  "plugin %s/%s gave descriptor %d from '%s', which is not open",
				  plugin->desc.type, plugin->desc.name, fd, op);
	if (!(flags & FD_CLOEXEC))
		(void)fcntl(fd, F_SETFD, flags | FD_CLOEXEC); /* cannot fail on an open one */
	return 0;
}

int answer_size(const struct plugin *plugin, const char *op, uint32_t size, size_t room,
		struct cleat_error *err)
{
	if (size == room)
		return 0;
	return cleat_fail(err, EPROTO,
			  "plugin %s/%s changed the size of its answer to '%s' from %zu to %u",
			  plugin->desc.type, plugin->desc.name, op, room, size);
}
