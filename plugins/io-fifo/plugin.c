/* SPDX-License-Identifier: Apache-2.0 */
/* plugin.c - io/fifo: what it says of itself, and its table. */
#include "stream.h"

#include <errno.h>
#include <stdlib.h>

#include <cleat/cleanup.h>
#include <cleat/plugin.h>

static const struct cleat_key keys[] = {
	CLEAT_KEY(struct settings, terminal_buffer, "terminal-buffer", "16K", "4K..1M",
		  "Bytes that may wait between a terminal and a client in each direction. A larger "
		  "buffer lets a program run ahead of a slow client; it is only there while it is "
		  "needed."),
	CLEAT_KEY(struct settings, binary, "binary", "no", NULL,
		  "Accept binary:///PROGRAM as the place of the output, as containerd's clients "
		  "write it: PROGRAM runs on the host as root and reads it. Whoever may create a "
		  "container then chooses the program."),
};

static int init(const struct cleat_host *host, const void *settings, void **out_self,
		struct cleat_error *err)
{
	struct io_fifo *io = calloc(1, sizeof(*io));

	if (!io)
		return cleat_fail(err, ENOMEM, "cannot start io/fifo: out of memory");
	io->host = host;
	io->settings = settings;
	*out_self = io;
	return 0;
}

static const struct cleat_io_ops ops = {
	.size = sizeof(ops),
	.open = stream_open,
	.console = terminal_console,
	.started = input_started,
	.resize = terminal_resize,
	.close_stdin = input_close,
	.counters = stream_counters,
	.drain = stream_drain,
	.close = stream_close,
};

CLEAT_PLUGIN(.type = "io", .name = "fifo", .version = CLEAT_VERSION,
	     .summary = "fifos handed straight to the program, or a terminal copied to them",
	     .license = "Apache-2.0", .keys = keys, .nkeys = ARRAY_SIZE(keys),
	     .settings_size = sizeof(struct settings), .ops = &ops, .init = init, .fini = free);
