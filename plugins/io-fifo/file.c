/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - output appended to a file or a device. */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cleat/cleanup.h>

static int make_parents(const char *path, struct cleat_error *err)
{
	_cleanup_free_ char *copy = strdup(path);

	if (!copy)
		return cleat_fail(err, ENOMEM, "cannot open output '%s': out of memory", path);
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			return cleat_fail(err, errno, "cannot make directory '%s': %m", copy);
		*slash = '/';
	}
	return 0;
}

int file_open_output(struct sink *sink, const char *path, bool create, int *out_end,
		     struct cleat_error *err)
{
	int flags = O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC;
	int r = create ? make_parents(path, err) : 0;

	if (r < 0)
		return r;
	int fd = open(path, create ? flags | O_CREAT : flags, 0644);

	if (fd < 0)
		return cleat_fail(err, errno, "cannot open output '%s': %m", path);
	sink->target = TARGET_FILE;
	if (out_end)
		*out_end = fd;
	else
		sink->fd = fd;
	return 0;
}
