/* SPDX-License-Identifier: Apache-2.0 */
/* io_null.c - io/null: nothing to read, and whatever is written is gone. */
#include <cleat/cleanup.h>
#include <cleat/io.h>
#include <cleat/plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>

struct stream {
	const struct cleat_host *host;
	int master; /* -1: no terminal */
	struct cleat_watch *watch;
	uint64_t discarded;
};

static int init(const struct cleat_host *host, const void *settings, void **out_self,
		struct cleat_error *err)
{
	(void)settings;
	(void)err;
	*out_self = (void *)(uintptr_t)host;
	return 0;
}

static int null_open(void *self, const struct cleat_io_request *req, struct cleat_stdio *out,
		     void **out_stream, struct cleat_error *err)
{
	const struct cleat_host *host = self;
	struct stream *stream = host->alloc(host, sizeof(*stream));

	if (!stream)
		return cleat_fail(err, ENOMEM, "cannot open the stdio of '%s': %m", req->id);
	stream->host = host;
	stream->master = -1;
	if (!req->terminal) {
		_cleanup_close_ int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
		_cleanup_close_ int first = open("/dev/null", O_WRONLY | O_CLOEXEC);
		_cleanup_close_ int second = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (in < 0 || first < 0 || second < 0) {
			int saved = errno;

			host->free(host, stream);
			return cleat_fail(err, saved, "cannot open '/dev/null': %m");
		}
		out->in = take_fd(&in);
		out->out = take_fd(&first);
		out->err = take_fd(&second);
	}
	*out_stream = stream;
	return 0;
}

/* A terminal that nobody reads would block its program. */
static void swallow(void *arg, uint32_t events)
{
	struct stream *stream = arg;
	char bytes[4096];
	ssize_t n = read(stream->master, bytes, sizeof(bytes));

	(void)events;
	if (n > 0) {
		stream->discarded += (uint64_t)n;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		stream->host->unwatch(stream->watch);
		stream->watch = NULL;
	}
}

static int console(void *handle, int master, struct cleat_error *err)
{
	struct stream *stream = handle;

	stream->master = fcntl(master, F_DUPFD_CLOEXEC, 3);
	if (stream->master < 0)
		return cleat_fail(err, errno, "cannot duplicate a terminal: %m");
	return stream->host->watch_fd(stream->host, stream->master, EPOLLIN, swallow, stream,
				      &stream->watch, err);
}

static void counters(void *handle, struct cleat_io_counters *out)
{
	const struct stream *stream = handle;

	out->bytes_discarded = stream->discarded;
}

static void null_close(void *handle)
{
	struct stream *stream = handle;

	stream->host->unwatch(stream->watch);
	cleat_closep(&stream->master);
	stream->host->free(stream->host, stream);
}

static const struct cleat_io_ops ops = {
	.size = sizeof(ops),
	.open = null_open,
	.console = console,
	.counters = counters,
	.close = null_close,
};

CLEAT_PLUGIN(.type = "io", .name = "null", .version = "1.0.0",
	     .summary = "Reads nothing and forgets everything (a test plugin)",
	     .license = "Apache-2.0", .ops = &ops, .init = init);
