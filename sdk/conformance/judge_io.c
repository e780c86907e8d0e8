/* SPDX-License-Identifier: Apache-2.0 */
/* judge_io.c - streams that are opened on nonsense, ended early, and driven twice. */
#include "subject.h"

#include "base/loop.h"

#include <cleat/cleanup.h>
#include <cleat/io.h>

#include <fcntl.h>
#include <stdio.h>

static struct cleat_io_request request(const char *uri)
{
	return (struct cleat_io_request){ .size = sizeof(struct cleat_io_request),
					  .namespace_ = "default",
					  .id = "conformance",
					  .exec_id = "",
					  .in = "",
					  .out = uri,
					  .err = "",
					  .uid = (uint32_t)geteuid(),
					  .gid = (uint32_t)getegid() };
}

static int open_stream(struct trial *trial, const struct cleat_io_request *req,
		       struct cleat_stdio *out, void **stream, struct cleat_error *err)
{
	const struct cleat_io_ops *ops = trial->subject->desc.ops;

	*err = (struct cleat_error){ 0 };
	*stream = NULL;
	*out = (struct cleat_stdio){
		.size = sizeof(*out), .terminal = req->terminal, .in = -1, .out = -1, .err = -1
	};
	return ops->open(trial->self, req, out, stream, err);
}

static void close_ends(const struct cleat_stdio *stdio)
{
	cleat_closep(&stdio->in);
	cleat_closep(&stdio->out);
	cleat_closep(&stdio->err);
}

static void refuse(struct trial *trial, const char *uri)
{
	struct cleat_io_request req = request(uri);
	struct cleat_stdio stdio;
	struct cleat_error err;
	const struct cleat_io_ops *ops = trial->subject->desc.ops;
	void *stream = NULL;
	int live = trial->witness->live;
	int fds = count_descriptors();
	int r = open_stream(trial, &req, &stdio, &stream, &err);

	if (r == 0) { /* a plugin may not care where the output goes */
		close_ends(&stdio);
		ops->close(stream);
	} else {
		(void)expect_failure(r, &err, "open on a target that does not exist");
	}
	(void)expect(trial->witness->live == live && count_descriptors() == fds,
		     "nothing is left of '%s'", uri);
}

static bool is_cloexec(int fd)
{
	return fd < 0 || (fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void end_early(struct trial *trial, bool terminal)
{
	struct cleat_io_request req = request("");
	const struct cleat_io_ops *ops = trial->subject->desc.ops;
	struct cleat_stdio stdio;
	struct cleat_error err;
	void *stream = NULL;

	req.terminal = terminal;
	if (!expect_success(open_stream(trial, &req, &stdio, &stream, &err), &err,
			    terminal ? "open of a terminal" : "open with nobody at the other end"))
		return;
	(void)expect(is_cloexec(stdio.in) && is_cloexec(stdio.out) && is_cloexec(stdio.err),
		     "descriptors are O_CLOEXEC");
	if (terminal)
		(void)expect(stdio.in < 0 && stdio.out < 0 && stdio.err < 0,
			     "a terminal has no other ends");
	close_ends(&stdio);
	ops->close(stream);
}

static void note(void *arg)
{
	(*(int *)arg)++;
}

static void drive(struct trial *trial)
{
	struct cleat_io_request req = request("discard:");
	const struct cleat_io_ops *ops = trial->subject->desc.ops;
	struct cleat_io_counters counters = { .size = sizeof(counters) };
	struct cleat_stdio stdio;
	struct cleat_error err;
	void *stream = NULL;
	int done = 0;

	if (open_stream(trial, &req, &stdio, &stream, &err) < 0)
		return skip("a driven stream", err.text);
	if (ops->started)
		ops->started(stream);
	if (ops->resize)
		(void)expect_success(ops->resize(stream, 1, 1, &err), &err,
				     "resize without a terminal");
	for (int i = 0; ops->close_stdin && i < 2; i++)
		(void)expect_success(ops->close_stdin(stream, &err), &err, "close_stdin, twice");
	if (ops->counters)
		ops->counters(stream, &counters);
	(void)expect(counters.size == sizeof(counters), "counters keep their size");
	if (stdio.out >= 0)
		(void)!write(stdio.out, "conformance\n", 12); /* into a fifo or /dev/null */
	close_ends(&stdio);
	if (ops->drain) {
		ops->drain(stream, 500000000, note, &done);
		for (int i = 0; i < 30 && done == 0; i++)
			(void)loop_step(trial->subject->loop, 100000000);
		(void)expect(done == 1, "drain calls back once, within its limit");
	}
	ops->close(stream);
}

void judge_io(struct trial *trial)
{
	int live = trial->witness->live;
	int fds = count_descriptors();

	refuse(trial, "/no/such/fifo");
	refuse(trial, "nonsense://x");
	refuse(trial, "binary://");
	end_early(trial, false);
	end_early(trial, true);
	drive(trial);
	(void)expect(trial->witness->live == live, "streams give their memory back");
	(void)expect(count_descriptors() == fds, "streams leave no descriptor open");
}
