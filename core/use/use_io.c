/* SPDX-License-Identifier: Apache-2.0 */
/* use_io.c - open, drive and end the stdio of one process through an io plugin. */
#include "use.h"

#include "answer.h"

#include <cleat/cleanup.h>

#include <stdlib.h>

struct stream {
	const struct plugin *plugin;
	void *handle; /* the plugin's */
};

static const struct cleat_io_ops *table(const struct stream *stream)
{
	return stream->plugin->desc.ops;
}

void use_stdio_close(struct cleat_stdio *stdio)
{
	int *ends[] = { &stdio->in, &stdio->out, &stdio->err };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		int fd = take_fd(ends[i]);

		cleat_closep(&fd);
	}
}

static int check_ends(const struct plugin *plugin, struct cleat_stdio *stdio,
		      struct cleat_error *err)
{
	int ends[] = { stdio->in, stdio->out, stdio->err };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		int r = answer_fd(plugin, "open", ends[i], err);

		if (r < 0)
			return r;
	}
	return answer_size(plugin, "open", stdio->size, sizeof(*stdio), err);
}

int use_io_open(const struct plugin *plugin, struct cleat_io_request *req, struct cleat_stdio *out,
		struct stream **out_stream, struct cleat_error *err)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return cleat_fail(err, ENOMEM, "cannot open the stdio of '%s': %m", req->id);
	stream->plugin = plugin;
	req->size = sizeof(*req);
	*out = (struct cleat_stdio){
		.size = sizeof(*out), .terminal = req->terminal, .in = -1, .out = -1, .err = -1
	};
	int r = answer(plugin, "open",
		       table(stream)->open(plugin->self, req, out, &stream->handle, err), err);

	if (r < 0) {
		free(stream);
		return r;
	}
	r = check_ends(plugin, out, err);
	if (r < 0) {
		use_stdio_close(out);
		use_io_close(stream);
		return r;
	}
	*out_stream = stream;
	return 0;
}

int use_io_console(struct stream *stream, int master, struct cleat_error *err)
{
	if (!table(stream)->console)
		return answer_missing(stream->plugin, "console", err);
	return answer(stream->plugin, "console",
		      table(stream)->console(stream->handle, master, err), err);
}

void use_io_started(struct stream *stream)
{
	if (table(stream)->started)
		table(stream)->started(stream->handle);
}

int use_io_resize(struct stream *stream, uint16_t rows, uint16_t columns, struct cleat_error *err)
{
	if (!table(stream)->resize)
		return 0;
	return answer(stream->plugin, "resize",
		      table(stream)->resize(stream->handle, rows, columns, err), err);
}

int use_io_close_stdin(struct stream *stream, struct cleat_error *err)
{
	if (!table(stream)->close_stdin)
		return 0;
	return answer(stream->plugin, "close_stdin",
		      table(stream)->close_stdin(stream->handle, err), err);
}

int use_io_attach(struct stream *stream, const struct cleat_io_client *client,
		  struct cleat_error *err)
{
	struct cleat_io_client one = *client;

	one.size = sizeof(one);
	if (!table(stream)->attach)
		return cleat_fail(err, ENOTSUP,
				  "its streams belong to the client that started it, by io plugin "
				  "'%s': start it with -d, -t or --log-driver",
				  stream->plugin->desc.name);
	return answer(stream->plugin, "attach", table(stream)->attach(stream->handle, &one, err),
		      err);
}

int use_io_reopen(struct stream *stream, struct cleat_error *err)
{
	if (!table(stream)->reopen)
		return 0;
	return answer(stream->plugin, "reopen", table(stream)->reopen(stream->handle, err), err);
}

void use_io_counters(struct stream *stream, struct cleat_io_counters *out)
{
	*out = (struct cleat_io_counters){ .size = sizeof(*out) };
	if (table(stream)->counters)
		table(stream)->counters(stream->handle, out);
}

void use_io_drain(struct stream *stream, uint64_t limit_ns, void (*done)(void *arg), void *arg)
{
	if (table(stream)->drain)
		table(stream)->drain(stream->handle, limit_ns, done, arg);
	else
		done(arg);
}

void use_io_close(struct stream *stream)
{
	if (!stream)
		return;
	table(stream)->close(stream->handle);
	free(stream);
}
