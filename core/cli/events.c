/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.c - cleat events: what happens, a line each, for as long as somebody reads.
 *
 * When the daemon dies its successor is asked for what came since; both know the events by their time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "base/loop.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/filter_flag.h"
#include "cli/json_flag.h"
#include "cli/time_flag.h"
#include "rpc/ttrpc.h"

#define SYSTEM (&cleat__v1__system__descriptor)

struct listening {
	struct cli *cli;
	Cleat__V1__EventsRequest request;
	bool json, over, again;
	uint64_t last;
	int result;
};

/* ---- a line ---------------------------------------------------------------------------------------- */
static char *as_json(const Cleat__V1__Event *event)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);

	if (!o)
		return NULL;
	json_out_object(o);
	json_out_pair_text(o, "Type", event->type);
	json_out_pair_text(o, "Action", event->action);
	json_out_key(o, "Actor");
	json_out_object(o);
	json_out_pair_text(o, "ID", event->id);
	json_out_key(o, "Attributes");
	json_out_object(o);
	for (size_t i = 0; i < event->n_attributes; i++)
		json_out_pair_text(o, event->attributes[i]->key, event->attributes[i]->value);
	json_out_object_end(o);
	json_out_object_end(o);
	json_out_pair_text(o, "scope", "local");
	json_out_pair_u64(o, "time", event->time / NS_PER_S);
	json_out_pair_u64(o, "timeNano", event->time);
	json_out_object_end(o);
	return json_out_take(o);
}

static char *as_text(const Cleat__V1__Event *event)
{
	struct text line = { 0 };
	char time[CLOCK_TEXT];

	clock_rfc3339(event->time, time);
	text_printf(&line, "%s %s %s %s", time, event->type, event->action, event->id);
	for (size_t i = 0; i < event->n_attributes; i++)
		text_printf(&line, "%s%s=%s", i ? ", " : " (", event->attributes[i]->key,
			    event->attributes[i]->value);
	if (event->n_attributes)
		text_add(&line, ")");
	char *whole = text_take(&line);

	return whole ? columns_clean(whole) : NULL; /* a label may hold a terminal's commands */
}

static void print(struct listening *listening, const Cleat__V1__Event *event)
{
	_cleanup_free_ char *line = listening->json ? as_json(event) : as_text(event);

	if (line && listening->json)
		json_line(listening->cli, line);
	else if (line)
		(void)printf("%s\n", line);
	/* Whoever reads us through a pipe wants it now. */
	if (!line || cli_flush(listening->cli) < 0)
		listening->over = true; /* cli_end says why */
}

/* ---- the stream ------------------------------------------------------------------------------------ */
static void heard(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct listening *listening = arg;
	const Cleat__V1__Event *event = (const Cleat__V1__Event *)reply;

	if (event) {
		listening->last = event->time;
		if (!listening->over)
			print(listening, event);
		return;
	}
	listening->again = err->errnum == ECONNRESET;
	listening->over = listening->over || !listening->again;
	listening->cli->err = *err;
	listening->result = -err->errnum;
}

static int listen_to(struct listening *listening)
{
	struct cli *cli = listening->cli;
	int r = connect_daemon(cli);

	if (listening->last)
		listening->request.since = listening->last + 1;
	return r < 0 ? r
		     : rpc_stream(cli->client, SYSTEM->name, "Events", &listening->request.base,
				  reply_type(SYSTEM, "Events"), heard, listening, &cli->err);
}

static int stay(struct listening *listening)
{
	int r = listen_to(listening);

	while (r == 0 && !listening->over) {
		if (listening->again) {
			listening->again = false;
			listening->result = 0;
			listening->cli->lost = true;
			r = listen_to(listening);
		} else if (loop_step(listening->cli->loop, 3600 * NS_PER_S) < 0) {
			r = cleat_fail(&listening->cli->err, EIO, "cannot wait for events");
		}
	}
	return r < 0 ? r : listening->result;
}

int command_events(struct cli *cli)
{
	static const char *const keys[] = { "type", "event", "container", "image", "label", NULL };
	/* In the arena: a late answer may still look at it. */
	struct listening *listening = arena_alloc(&cli->arena, sizeof(*listening));
	Cleat__V1__EventsRequest *request = &listening->request;
	uint64_t now = clock_now(CLOCK_REALTIME);

	cleat__v1__events_request__init(request);
	listening->cli = cli;
	listening->last = now - 1; /* what comes while the daemon changes is seen, too */
	request->namespace_ = cli_namespace(cli);
	int r = json_flag(cli, &listening->json);

	if (r == 0)
		r = time_flag(cli, "since", now, &request->since);
	if (r == 0)
		r = time_flag(cli, "until", now, &request->until);
	if (words_given(&cli->words, "until") && !request->until)
		request->until = 1; /* 1970 is not "for ever" */
	if (r == 0)
		r = filter_flag(cli, keys, &request->filters, &request->n_filters);
	if (r == 0 && request->since)
		listening->last = 0;
	if (r == 0)
		r = stay(listening);
	return r < 0 ? cli_fail(cli, r) : cli_end(cli, 0);
}
