/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c - the end of a stream, and what it has carried. */
#include "stream.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

void stream_close(void *arg)
{
	struct stream *stream = arg;
	const struct cleat_host *host = stream->io->host;

	host->unwatch(stream->limit);
	host->unwatch(stream->look);
	host->unwatch(stream->hurry);
	logger_signal(stream, SIGKILL); /* still there: never drained, so it has nothing to write */
	logger_forget(stream);
	terminal_end(stream);
	sink_end(&stream->out);
	sink_end(&stream->err);
	cleat_closep(&stream->input);
	cleat_closep(&stream->input_keep);
	cleat_io_discarded_end(stream->discarded);
	free(stream);
}

void stream_counters(void *arg, struct cleat_io_counters *out)
{
	const struct stream *stream = arg;
	uint32_t size = out->size < sizeof(*out) ? out->size : (uint32_t)sizeof(*out);
	struct cleat_io_counters now = stream->counters;

	now.size = out->size;
	memcpy(out, &now, size);
}
