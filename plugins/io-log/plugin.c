/* SPDX-License-Identifier: Apache-2.0 */
/* plugin.c - io/log: what it says of itself, and its table. */
#include "log.h"

#include <errno.h>
#include <stdlib.h>

#include <cleat/cleanup.h>
#include <cleat/plugin.h>

static const struct cleat_key keys[] = {
	CLEAT_KEY(struct settings, format, "format", "json-file", "json-file|cri|none|journald",
		  "Form of the lines: docker's JSON objects, Kubernetes' text, no log at all, or "
		  "entries of systemd's journal, which then has its own limits and rates."),
	CLEAT_KEY(struct settings, max_size, "max-size", "10M", "0..1T",
		  "A file that would grow beyond this is renamed and a new one begun. 0: never."),
	CLEAT_KEY(struct settings, max_file, "max-file", "5", "1..1000",
		  "So many files are kept for each container; the oldest goes first."),
	CLEAT_KEY(
		struct settings, mode, "mode", "blocking", "blocking|non-blocking",
		"blocking: a program waits for a slow disk. non-blocking: lines wait in memory, and "
		"those that find no room are dropped and counted."),
	CLEAT_KEY(struct settings, max_buffer, "max-buffer-size", "1M", "4K..1G",
		  "Bytes that may wait in memory in non-blocking mode."),
	CLEAT_KEY(struct settings, socket, "journal-socket", "/run/systemd/journal/socket", NULL,
		  "Where format journald sends to. A journal namespace has a socket of its own, "
		  "/run/systemd/journal.NAME/socket."),
	CLEAT_KEY(struct settings, tag, "tag", "{{.ID}}", NULL,
		  "CONTAINER_TAG and SYSLOG_IDENTIFIER in the journal. {{.ID}}, {{.FullID}}, "
		  "{{.Name}}, {{.ImageName}} and {{.DaemonName}} are replaced."),
	CLEAT_KEY(struct settings, labels, "labels", "", NULL,
		  "Labels, with commas between them, that become fields in the journal."),
	CLEAT_KEY(struct settings, env, "env", "", NULL,
		  "Environment variables, with commas between them, that become fields in the "
		  "journal."),
};

static int init(const struct cleat_host *host, const void *settings, void **out_self,
		struct cleat_error *err)
{
	struct io_log *io = calloc(1, sizeof(*io));

	if (!io)
		return cleat_fail(err, ENOMEM, "cannot start io/log: out of memory");
	io->host = host;
	io->settings = settings;
	*out_self = io;
	return 0;
}

static const struct cleat_io_ops ops = {
	.size = sizeof(ops),
	.open = stream_open,
	.console = stream_console,
	.started = stream_started,
	.resize = stream_resize,
	.close_stdin = stream_close_stdin,
	.reopen = stream_reopen,
	.counters = stream_counters,
	.drain = stream_drain,
	.close = stream_close,
	.attach = stream_attach,
};

/*
 * "io.log": it keeps what is said. "io.attach": clients come and go; one that wants streams of its own
 * (fifos) from the beginning gets another plugin.
 */
static const char *const provides[] = { "io.log", "io.attach", NULL };

CLEAT_PLUGIN(.type = "io", .name = "log", .version = CLEAT_VERSION,
	     .summary =
		     "output kept in files, as docker's json-file or Kubernetes' CRI logs, or in the journal",
	     .license = "Apache-2.0", .provides = provides, .keys = keys, .nkeys = ARRAY_SIZE(keys),
	     .settings_size = sizeof(struct settings), .ops = &ops, .init = init, .fini = free);
