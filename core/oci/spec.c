/* SPDX-License-Identifier: Apache-2.0 */
/* spec.c - cleat-oci spec: a config.json to start from. */
#include "commands.h"

#include "base/fd.h"
#include "spec/spec.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int write_config(int dir, const char *text, struct cleat_error *err)
{
	_cleanup_close_ int fd =
		openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd < 0)
		return cleat_fail(err, errno,
				  errno == EEXIST ? "file config.json exists. Remove it first"
						  : "cannot write config.json: %m");
	int r = fd_write_all(fd, text, strlen(text));

	if (r == 0)
		r = fd_write_all(fd, "\n", 1);
	if (r == 0)
		return 0;
	(void)unlinkat(dir, "config.json", 0); /* half of it is worse than none */
	return cleat_fail(err, -r, "cannot write config.json: %m");
}

int oci_spec(const struct arguments *arguments, struct cleat_error *err)
{
	const char *path = arguments->bundle ? arguments->bundle : ".";
	_cleanup_close_ int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;

	if (dir < 0)
		return cleat_fail(err, errno, "cannot open bundle '%s': %m", path);
	if (spec_default(arguments->rootless_spec, &text, err) < 0)
		return -err->errnum;
	return write_config(dir, text, err);
}
