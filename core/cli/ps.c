/* SPDX-License-Identifier: Apache-2.0 */
/* ps.c - cleat ps: list containers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "cli/ago.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/filter_flag.h"
#include "cli/json_flag.h"
#include "cli/status.h"
#include "rpc/pb/cleat.pb-c.h"

enum { SHORT_ID = 12, SHORT_COMMAND = 20 };

typedef Cleat__V1__ContainerSummary container;

/* ---- what is asked ----------------------------------------------------------------------------- */

/* 0: no limit */
static int how_many(struct cli *cli, int64_t *out)
{
	*out = words_on(&cli->words, "latest") ? 1 : 0;
	return words_i64(&cli->words, "last", out, &cli->err);
}

static int newest_first(const void *a, const void *b)
{
	const container *left = *(container *const *)a;
	const container *right = *(container *const *)b;

	if (left->created_at != right->created_at)
		return left->created_at < right->created_at ? 1 : -1;
	return strcmp(left->id, right->id);
}

static int ask(struct cli *cli, Cleat__V1__ListResponse **out, size_t *out_n)
{
	Cleat__V1__ListRequest request = CLEAT__V1__LIST_REQUEST__INIT;
	static const char *const keys[] = { "id",     "name",     "label", "status", "exited",
					    "before", "ancestor", "since", "health", NULL };
	int64_t last = 0;
	int r = filter_flag(cli, keys, &request.filters, &request.n_filters);

	if (r == 0)
		r = how_many(cli, &last);
	if (r < 0)
		return r;
	request.namespace_ = cli_namespace(cli);
	/* docker's rule: who asks for a state or for the newest means the stopped ones too */
	request.all = words_on(&cli->words, "all") || last > 0;
	for (size_t i = 0; i < request.n_filters; i++)
		if (text_eq(request.filters[i]->key, "status") ||
		    text_eq(request.filters[i]->key, "exited"))
			request.all = true;
	r = daemon_call(cli, &cleat__v1__containers__descriptor, "List", &request.base, out);
	if (r < 0)
		return r;
	if ((*out)->n_containers > 0)
		qsort((*out)->containers, (*out)->n_containers, sizeof(*(*out)->containers),
		      newest_first);
	*out_n = (*out)->n_containers;
	if (last > 0 && *out_n > (size_t)last)
		*out_n = (size_t)last;
	return 0;
}

/* ---- how it looks ------------------------------------------------------------------------------ */

static const char *short_id(struct cli *cli, const char *id)
{
	if (words_on(&cli->words, "no-trunc") || strlen(id) <= SHORT_ID)
		return id;
	return arena_text_n(&cli->arena, id, SHORT_ID);
}

/* In quotes, and cut between letters: a byte that begins 10 belongs to the letter before. */
static const char *short_command(struct cli *cli, const char *command)
{
	char *clean = columns_clean(arena_text(&cli->arena, command));
	size_t n = 0;
	size_t at = 0;

	if (words_on(&cli->words, "no-trunc"))
		return arena_printf(&cli->arena, "\"%s\"", clean);
	for (; clean[at]; at++) {
		if (((unsigned char)clean[at] & 0xc0) == 0x80)
			continue;
		if (n++ == SHORT_COMMAND - 1)
			break;
	}
	if (!clean[at] || !clean[at + 1])
		return arena_printf(&cli->arena, "\"%s\"", clean);
	return arena_printf(&cli->arena, "\"%.*s…\"", (int)at, clean);
}

static void print_json(struct cli *cli, const container *c, uint64_t now)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);
	_cleanup_text_ struct text label_list = { 0 };
	char text[STATUS_TEXT];
	char *line = NULL;

	for (size_t i = 0; i < c->n_labels; i++)
		text_printf(&label_list, "%s%s=%s", i ? "," : "", c->labels[i]->key,
			    c->labels[i]->value);
	json_out_object(o);
	json_out_pair_text(o, "ID", short_id(cli, c->id));
	json_out_pair_text(o, "Names", c->name);
	json_out_pair_text(o, "Image", c->image);
	json_out_pair_text(o, "ImageID", c->image_id);
	json_out_pair_text(o, "Command", short_command(cli, c->command));
	clock_rfc3339(c->created_at, text);
	json_out_pair_text(o, "CreatedAt", text);
	ago_since(c->created_at, now, text);
	json_out_pair_text(o, "RunningFor", text);
	json_out_pair_text(o, "State", c->state);
	status_text(c, now, text);
	json_out_pair_text(o, "Status", text);
	json_out_pair_u64(o, "ExitCode", c->exit_status);
	json_out_pair_u64(o, "Pid", c->pid);
	json_out_pair_u64(o, "RestartCount", c->restart_count);
	clock_rfc3339(c->restart_at, text);
	json_out_pair_text(o, "NextRestart", text);
	json_out_pair_text(o, "Labels", label_list.bytes ? label_list.bytes : "");
	json_out_pair_text(o, "Mounts", c->mounts);
	json_out_pair_text(o, "Ports", "");
	json_out_pair_text(o, "Runtime", c->runtime);
	json_out_pair_text(o, "Snapshotter", c->snapshotter);
	json_out_pair_text(o, "IO", c->io);
	json_out_object_end(o);
	line = json_out_take(o);
	json_line(cli, line);
	free(line);
}

static int print_table(struct cli *cli, const Cleat__V1__ListResponse *list, size_t n, uint64_t now)
{
	static const char *const headings[] = { "CONTAINER ID", "IMAGE", "COMMAND", "CREATED",
						"STATUS",       "NAMES", NULL };
	struct columns *columns = columns_new(headings);
	int r = columns ? 0 : cleat_fail(&cli->err, 12, "out of memory");

	for (size_t i = 0; r == 0 && i < n; i++) {
		const container *c = list->containers[i];
		char created[AGO_TEXT];
		char status[STATUS_TEXT];

		ago_since(c->created_at, now, created);
		status_text(c, now, status);
		const char *cells[] = { short_id(cli, c->id),
					c->image,
					short_command(cli, c->command),
					created,
					status,
					c->name };

		r = columns_add(columns, cells, &cli->err);
	}
	if (r == 0)
		r = columns_print(columns, &cli->err);
	columns_free(columns);
	return r;
}

int command_ps(struct cli *cli)
{
	Cleat__V1__ListResponse *list = NULL;
	uint64_t now = clock_now(CLOCK_REALTIME);
	bool json = false;
	size_t n = 0;
	int r = json_flag(cli, &json);

	if (r == 0)
		r = ask(cli, &list, &n);

	if (r < 0)
		return cli_fail(cli, r);
	for (size_t i = 0; i < n; i++) {
		if (json)
			print_json(cli, list->containers[i], now);
		else if (words_on(&cli->words, "quiet"))
			(void)printf("%s\n", short_id(cli, list->containers[i]->id));
		else if (words_on(&cli->words, "names"))
			(void)printf("%s\n", list->containers[i]->name);
	}
	if (!json && !words_on(&cli->words, "quiet") && !words_on(&cli->words, "names"))
		r = print_table(cli, list, n, now);
	return r < 0 ? cli_fail(cli, r) : cli_end(cli, 0);
}
