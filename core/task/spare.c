/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spare.c - hold beside its shim what a program, or its client, would miss when the shim is killed.
 *
 * A terminal's master: when the last one is closed the kernel hangs up, and a program that does not
 * expect it dies. ttrpc carries no descriptors; pidfd_getfd takes a copy. The client's fifos of a
 * terminal, at the shim's ends: else the client would see the end of the output. And the writing end
 * of an input that has not been closed: else the program would see an end that nobody meant.
 */
#include "task/spare.h"

#include "task/task.h"

#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cleat/cleanup.h>
#include <cleat/json.h>

struct wanted {
	const char *in, *out;
	int64_t console;
	bool stdin_closed;
};

static int hold_master(pid_t shim, int64_t number)
{
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, shim, 0);
	_cleanup_close_ int fd =
		pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, (int)number, 0);
	int terminal = 0;

	return fd < 0 || ioctl(fd, TIOCGPTN, &terminal) < 0 ? -1 : take_fd(&fd);
}

static int hold_fifo(const char *path, int flags)
{
	return *path == '/' ? open(path, flags | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC) : -1;
}

static int hold_input(const struct task *task, const struct wanted *wanted)
{
	_cleanup_free_ char *typed = NULL;

	if (task->config->terminal)
		return hold_fifo(wanted->in, O_RDONLY);
	if (wanted->stdin_closed)
		return -1;
	if (!text_eq(wanted->in, "attach:"))
		return hold_fifo(wanted->in, O_WRONLY);
	typed = text_format("%s/io/in", task->bundle); /* cleat_io_pipe's */
	return typed ? hold_fifo(typed, O_WRONLY) : -1;
}

static void release(struct task *task, size_t which)
{
	if (task->spare[which] > 0)
		(void)close(task->spare[which] - 1);
	task->spare[which] = 0;
}

static int read_record(const struct json *record, struct wanted *out, struct cleat_error *err)
{
	int r = json_get_i64(record, "console", &out->console, err);

	if (r == 0)
		r = json_get_text(record, "stdin", &out->in, err);
	if (r == 0)
		r = json_get_text(record, "stdout", &out->out, err);
	return r < 0 ? r : json_get_bool(record, "stdin_closed", &out->stdin_closed, err);
}

static int hold(struct task *task, pid_t shim, const struct json *record, struct cleat_error *err)
{
	struct wanted wanted = { .in = "", .out = "", .console = -1 };
	int r = read_record(record, &wanted, err);

	if (r < 0)
		return r;
	release(task, SPARE_IN);
	release(task, SPARE_OUT);
	task->spare[SPARE_IN] = hold_input(task, &wanted) + 1;
	if (!task->config->terminal)
		return 0;
	task->spare[SPARE_OUT] = hold_fifo(wanted.out, O_WRONLY) + 1;
	/* after an adoption it is this one that the new shim has */
	if (!task->spare[SPARE_MASTER])
		task->spare[SPARE_MASTER] = hold_master(shim, wanted.console) + 1;
	return task->spare[SPARE_MASTER]
		       ? 0
		       : cleat_fail(err, EBADF, "the shim did not give its terminal");
}

void spare_keep(struct task *task, pid_t shim)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	_cleanup_free_ char *text = NULL;
	struct cleat_error err = { 0 };

	if (task->foreign || !(task->config->terminal || task->config->open_stdin))
		return;
	int r = bundle_read(task->bundle, "adopt.json", &text, &err);

	if (r == 0)
		r = json_parse(text, strlen(text), &doc, &err);
	if (r == 0)
		r = hold(task, shim, json_root(doc), &err);
	if (r < 0) /* everything works while the shim lives */
		log_line(CLEAT_WARN, "%.12s: cannot hold its streams: %s, going on", task->row.id,
			 err.text);
}

void spare_release_input(struct task *task)
{
	if (!task->config->terminal)
		release(task, SPARE_IN);
}

void spare_release(struct task *task)
{
	for (size_t i = 0; i < ARRAY_SIZE(task->spare); i++)
		release(task, i);
}
