/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logs.c - cleat logs: what a container has said.
 *
 * The daemon tells where the files are, or the journal, and is not asked for their content: the shim writes
 * them, we read them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cleat/json.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/log_journal.h"
#include "cli/log_show.h"
#include "cli/time_flag.h"
#include "rpc/pb/cleat.pb-c.h"

enum { OUTPUT = 256 << 10 };

/* Where a log is: files, or the journal behind a socket. */
struct place {
	const char *id, *path, *journal;
};

static int find(struct cli *cli, struct place *out)
{
	Cleat__V1__ContainerRequest request = CLEAT__V1__CONTAINER_REQUEST__INIT;
	Cleat__V1__InspectResponse *reply = NULL;
	_cleanup_json_ struct json_doc *doc = NULL;
	const char *id = "";
	const char *path = "";
	const char *driver = "";
	const char *journal = "";

	request.namespace_ = cli_namespace(cli);
	request.id = cli->words.args[0];
	int r = daemon_call(cli, &cleat__v1__containers__descriptor, "Inspect", &request.base,
			    &reply);

	if (r == 0)
		r = json_parse(reply->json, strlen(reply->json), &doc, &cli->err);
	if (r == 0 && (json_get_text(json_root(doc), "Id", &id, &cli->err) < 0 ||
		       json_get_text(json_root(doc), "LogPath", &path, &cli->err) < 0 ||
		       json_get_text(json_root(doc), "LogJournal", &journal, &cli->err) < 0 ||
		       json_get_text(json_root(doc), "LogDriver", &driver, &cli->err) < 0))
		r = -cli->err.errnum;
	if (r < 0)
		return r;
	if (!*path && !*journal)
		return cleat_fail(&cli->err, ENOTSUP,
				  "container %s keeps no log: its log driver is '%s'",
				  cli->words.args[0], driver);
	*out = (struct place){ .id = arena_text(&cli->arena, id),
			       .path = arena_text(&cli->arena, path),
			       .journal = arena_text(&cli->arena, journal) };
	return 0;
}

/* *out_tail: UINT64_MAX for all. */
static int read_flags(struct cli *cli, struct log_show *show, uint64_t *out_tail)
{
	const char *tail = words_text(&cli->words, "tail");
	uint64_t now = clock_now(CLOCK_REALTIME);
	int r = time_flag(cli, "since", now, &show->since);

	if (r == 0)
		r = time_flag(cli, "until", now, &show->until);
	show->stamps = words_on(&cli->words, "timestamps");
	*out_tail = UINT64_MAX;
	/* docker: a negative number is all of them */
	if (r == 0 && tail && !text_eq(tail, "all") && *tail != '-' &&
	    text_to_u64(tail, out_tail) < 0)
		r = words_refuse(tail, "tail", &cli->err, "it is a number of lines, or all");
	return r;
}

static void warn(const struct log_files *files)
{
	if (files->damaged)
		(void)fprintf(stderr, "cleat logs: %llu damaged records were left out\n",
			      (unsigned long long)files->damaged);
}

static int show_files(struct cli *cli, const struct place *place, struct log_show *show,
		      uint64_t tail)
{
	struct log_files *files = arena_alloc(&cli->arena, sizeof(*files));
	bool follow = words_on(&cli->words, "follow");
	int r = log_files_open(files, place->path, &cli->err);

	if (r == 0 && !follow)
		log_files_limit(files);
	if (r == 0 && tail != UINT64_MAX)
		log_files_tail(files, tail, log_show_wants, show);
	if (r == 0)
		r = follow ? log_follow(cli, place->id, show, files)
			   : log_show_all(show, files, &cli->err);
	if (r == 0)
		warn(files);
	log_files_close(files);
	return r;
}

int command_logs(struct cli *cli)
{
	static char out_buffer[OUTPUT];
	static char err_buffer[OUTPUT / 8];
	struct log_show show = { 0 };
	struct place place = { 0 };
	uint64_t tail = 0;
	int r = read_flags(cli, &show, &tail);

	if (r == 0)
		r = find(cli, &place);
	if (r < 0)
		return cli_fail(cli, r);
	(void)setvbuf(stdout, out_buffer, _IOFBF, sizeof(out_buffer));
	(void)setvbuf(stderr, err_buffer, _IOFBF, sizeof(err_buffer));
	r = *place.journal ? log_journal(cli, place.id, place.journal, &show, tail,
					 words_on(&cli->words, "follow"))
			   : show_files(cli, &place, &show, tail);
	(void)fflush(stderr);
	r = r < 0 ? cli_fail(cli, r) : cli_end(cli, 0);
	(void)fflush(stderr);
	return r;
}
