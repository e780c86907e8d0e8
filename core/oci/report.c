/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.c - results and failures.
 *
 * Callers take the last line of level "error" of the log (containerd, podman), or the first line of
 * standard error (conmon): so both get the sentence, and nothing comes before it.
 */
#include "report.h"

#include "base/fd.h"
#include "base/log.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static struct {
	int fd; /* of --log; -1: none */
	bool json;
} target = { .fd = -1 };

/* A fifo without a reader must not hold up a container (R38): non-blocking. */
static int open_log(const char *path, struct cleat_error *err)
{
	int fd =
		open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);

	if (fd < 0)
		return cleat_fail(err, errno, "cannot open log '%s': %m", path);
	return fd;
}

int report_open(const struct arguments *arguments, struct cleat_error *err)
{
	const char *format = arguments->log_format ? arguments->log_format : "text";

	if (!text_eq(format, "text") && !text_eq(format, "json"))
		return cleat_fail(err, EINVAL, "unknown log format '%.100s': text or json", format);
	target.json = text_eq(format, "json");
	if (arguments->log && *arguments->log && !text_eq(arguments->log, "/dev/stderr")) {
		int fd = open_log(arguments->log, err);

		if (fd < 0)
			return fd;
		target.fd = fd;
	}
	log_init("cleat-oci",
		 arguments->debug ? CLEAT_DEBUG
		 : target.fd >= 0 ? CLEAT_INFO
				  : CLEAT_WARN,
		 target.json, target.fd >= 0 ? target.fd : STDERR_FILENO);
	return 0;
}

void report_failure(const struct cleat_error *err)
{
	if (target.fd >= 0 || target.json)
		log_line(CLEAT_ERROR, "%s", err->text);
	if (target.fd >= 0 || !target.json)
		(void)dprintf(STDERR_FILENO, "cleat-oci: %s\n", err->text);
}

int report_print(const char *text, struct cleat_error *err)
{
	int r = fd_write_all(STDOUT_FILENO, text, __builtin_strlen(text));

	if (r < 0)
		return cleat_fail(err, -r, "cannot write to standard output: %m");
	return 0;
}
