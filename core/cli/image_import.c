/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_import.c - cleat image import: a tar, an OCI layout, a docker-archive or a directory.
 *
 * The daemon reads the path itself. Standard input comes to it through a fifo that we make and fill.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/loop.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/progress.h"
#include "cli/streams.h"
#include "config/config.h"
#include "rpc/pb/cleat.pb-c.h"
#include "rpc/ttrpc.h"

#define IMAGES (&cleat__v1__images__descriptor)

struct import {
	struct cli *cli;
	struct progress progress;
	bool over;
	int result;
	const char *id;
	char *path; /* NULL for standard input, which comes through a fifo */
	char *fifo;
	int inotify, own_in, fifo_in;
	struct cleat_watch *opened;
	struct stream stream;
	/* An interrupted import must not leave the fifo; the daemon ends its part when we are gone. */
	struct interrupt {
		struct import *import;
		struct cleat_watch *watch;
		int number;
	} interrupts[3];
};

/* ---- standard input through a fifo ------------------------------------------------------------- */

static void input_done(void *arg)
{
	struct import *import = arg;

	/* The reader sees its end; a broken pipe is the reader's to explain. */
	cleat_closep(&import->fifo_in);
	import->fifo_in = -1;
}

/* The importer has opened the fifo: from now on the end of our input is the end of its. */
static void fifo_opened(void *arg, uint32_t events)
{
	struct import *import = arg;
	char buffer[1024];

	(void)events;
	(void)!read(import->inotify, buffer, sizeof(buffer)); /* it can only say one thing */
	if (import->fifo_in >= 0 || import->stream.loop)
		return;
	import->fifo_in = open(import->fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (import->fifo_in < 0)
		return; /* it is gone again: wait for the next */
	(void)loop_watch_events(import->opened, 0);
	import->own_in = stream_reopen(STDIN_FILENO, false);
	if (import->own_in < 0 ||
	    stream_start(&import->stream, import->cli->loop, import->own_in, import->fifo_in,
			 input_done, import, &import->cli->err) < 0)
		input_done(import);
}

static int make_fifo(struct import *import)
{
	struct cli *cli = import->cli;
	char random[17];
	int r = text_random_hex(random, 8);

	if (isatty(STDIN_FILENO))
		return cleat_fail(&cli->err, EINVAL,
				  "cannot import standard input: it is a terminal, not an archive");
	if (r < 0)
		return cleat_fail(&cli->err, -r, "cannot make a name: %m");
	import->fifo =
		arena_printf(&cli->arena, "%s/import-%s.fifo", cli->config->cleat.state, random);
	if (mkfifo(import->fifo, 0600) < 0)
		return cleat_fail(&cli->err, errno, "cannot make fifo '%s': %m", import->fifo);
	import->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (import->inotify < 0 || inotify_add_watch(import->inotify, import->fifo, IN_OPEN) < 0)
		return cleat_fail(&cli->err, errno, "cannot watch fifo '%s': %m", import->fifo);
	return loop_watch_fd(cli->loop, import->inotify, EPOLLIN, fifo_opened, import,
			     &import->opened, &cli->err);
}

static void end(struct import *import)
{
	progress_end(&import->progress);
	loop_unwatch(import->opened);
	stream_stop(&import->stream);
	cleat_closep(&import->inotify);
	cleat_closep(&import->own_in);
	cleat_closep(&import->fifo_in);
	if (import->fifo)
		(void)unlink(import->fifo);
	/* Last: a second signal (timeout sends two) ends us at once from here on. */
	for (size_t i = 0; i < ARRAY_SIZE(import->interrupts); i++)
		loop_unwatch(import->interrupts[i].watch);
}

/* ---- interrupted ------------------------------------------------------------------------------- */

static void interrupted(void *arg)
{
	struct interrupt *interrupt = arg;

	interrupt->import->over = true;
	interrupt->import->result = 128 + interrupt->number;
}

static int watch_interrupts(struct import *import)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(numbers); i++) {
		struct interrupt *interrupt = &import->interrupts[i];

		*interrupt = (struct interrupt){ .import = import, .number = numbers[i] };
		r = loop_watch_signal(import->cli->loop, numbers[i], interrupted, interrupt,
				      &interrupt->watch, &import->cli->err);
	}
	return r;
}

/* ---- the import -------------------------------------------------------------------------------- */

static void took(struct import *import, const Cleat__V1__ImportProgress *news)
{
	struct cli *cli = import->cli;

	if (!text_eq(news->step, "done")) {
		progress_show(&import->progress, news->step, news->what, news->bytes, news->total);
		return;
	}
	progress_end(&import->progress);
	import->id = arena_text(&cli->arena, news->id);
	for (size_t i = 0; i < news->n_images && !words_on(&cli->words, "quiet"); i++)
		(void)printf("Imported: %s\n", news->images[i]);
	if (words_on(&cli->words, "quiet"))
		(void)printf("%s\n", news->id);
}

static void heard(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct import *import = arg;

	if (import->over)
		return;
	if (reply) {
		took(import, (const Cleat__V1__ImportProgress *)reply);
		return;
	}
	import->over = true;
	import->cli->err = *err;
	import->result = -err->errnum;
}

/* An absolute path, since the daemon lives in the root directory. "-" becomes a fifo later. */
static int find_path(struct import *import, const char *given)
{
	_cleanup_free_ char *full = NULL;

	if (text_eq(given, "-"))
		return 0;
	full = realpath(given, NULL);
	if (!full)
		return cleat_fail(&import->cli->err, errno, "cannot import '%s': %m", given);
	import->path = arena_text(&import->cli->arena, full);
	return 0;
}

static int run(struct import *import)
{
	struct cli *cli = import->cli;
	Cleat__V1__ImportRequest request = CLEAT__V1__IMPORT_REQUEST__INIT;
	int r = import->path ? 0 : make_fifo(import);

	if (r < 0)
		return r;
	request.path = import->path ? import->path : import->fifo;
	request.namespace_ = cli_namespace(cli);
	request.name = cli->words.args[1] ? cli->words.args[1] : request.name;
	r = rpc_stream(cli->client, IMAGES->name, "Import", &request.base,
		       reply_type(IMAGES, "Import"), heard, import, &cli->err);
	while (r == 0 && !import->over)
		if (loop_step(cli->loop, 3600 * NS_PER_S) < 0)
			r = cleat_fail(&cli->err, EIO, "cannot wait for the import");
	return r < 0 ? r : import->result;
}

int command_image_import(struct cli *cli)
{
	/* In the arena: a late answer may still look at it. */
	struct import *import = arena_alloc(&cli->arena, sizeof(*import));
	int r = 0;

	*import = (struct import){ .cli = cli, .inotify = -1, .own_in = -1, .fifo_in = -1 };
	progress_init(&import->progress, words_on(&cli->words, "quiet"));
	r = find_path(import, cli->words.args[0]);
	if (r == 0)
		r = connect_daemon(cli);
	if (r == 0)
		r = watch_interrupts(import);
	if (r == 0)
		r = run(import);
	import->over = true;
	end(import);
	return r < 0 ? cli_fail(cli, r) : cli_end(cli, r);
}
