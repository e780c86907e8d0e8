/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats_take.c - one sample of every container, asked for all at once.
 *
 * `cleat stats` may run for weeks, so nothing here is kept in the arena or among the answers.
 */
#include "cli/stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "cleat/json.h"
#include "cli/connect.h"
#include "rpc/pb/cleat.pb-c.h"
#include "rpc/ttrpc.h"

#define CONTAINERS (&cleat__v1__containers__descriptor)

/* One whose shim stands still must not hold up the numbers of all others. */
#define PATIENCE_NS (2 * NS_PER_S)

/* ---- rows ------------------------------------------------------------------------------------------ */
static void row_free(struct stats_row *row)
{
	free(row->asked);
	free(row->id);
	free(row->name);
	free(row);
}

void stats_fini(struct stats *stats)
{
	while (stats->rows) {
		struct stats_row *row = stats->rows;

		stats->rows = row->next;
		row_free(row);
	}
}

static struct stats_row *row_add(struct stats *stats, const char *asked, const char *id,
				 const char *name)
{
	struct stats_row **at = &stats->rows;
	struct stats_row *row = calloc(1, sizeof(*row));

	if (!row)
		return NULL;
	row->stats = stats;
	row->asked = strdup(asked);
	row->id = strdup(id);
	row->name = strdup(name);
	if (!row->asked || !row->id || !row->name) {
		row_free(row);
		return NULL;
	}
	while (*at)
		at = &(*at)->next;
	*at = row;
	return row;
}

static void drop_unlisted(struct stats *stats)
{
	struct stats_row **at = &stats->rows;

	while (*at) {
		struct stats_row *row = *at;

		if (row->listed) {
			at = &row->next;
		} else {
			*at = row->next;
			row_free(row);
		}
	}
}

/* ---- waiting for answers ---------------------------------------------------------------------------- */
static int ask(struct stats *stats, const char *method, const ProtobufCMessage *request,
	       uint64_t timeout_ns, rpc_done done, void *arg)
{
	int r = rpc_call(stats->cli->client, CONTAINERS->name, method, request,
			 reply_type(CONTAINERS, method), timeout_ns, done, arg, &stats->cli->err);

	if (r == 0)
		stats->pending++;
	return r;
}

static int wait_for_all(struct stats *stats, int r)
{
	while (stats->pending)
		if (loop_step(stats->cli->loop, 3600 * NS_PER_S) < 0)
			return cleat_fail(&stats->cli->err, EIO, "cannot wait for cleatd");
	return r < 0 ? r : stats->result;
}

static void note_failure(struct stats *stats, const struct cleat_error *err)
{
	stats->cli->err = *err;
	stats->result = -err->errnum;
}

/* ---- which containers ------------------------------------------------------------------------------- */
static void listed(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct stats *stats = arg;
	const Cleat__V1__ListResponse *list = (const void *)reply;

	stats->pending--;
	if (!list) {
		note_failure(stats, err);
		return;
	}
	for (struct stats_row *row = stats->rows; row; row = row->next)
		row->listed = false;
	for (size_t i = 0; i < list->n_containers; i++) {
		const Cleat__V1__ContainerSummary *c = list->containers[i];
		struct stats_row *row = stats->rows;

		while (row && !text_eq(row->id, c->id))
			row = row->next;
		if (!row)
			row = row_add(stats, c->id, c->id, c->name);
		if (row)
			row->listed = true;
	}
	drop_unlisted(stats);
}

static int list(struct stats *stats)
{
	Cleat__V1__ListRequest request = CLEAT__V1__LIST_REQUEST__INIT;

	request.namespace_ = cli_namespace(stats->cli);
	request.all = stats->all;
	return wait_for_all(stats, ask(stats, "List", &request.base, 0, listed, stats));
}

static int name_them(struct stats *stats)
{
	for (char **name = stats->cli->words.args; !stats->rows && *name; name++)
		for (; *name; name++)
			if (!row_add(stats, *name, "", *name))
				return cleat_fail(&stats->cli->err, ENOMEM, "out of memory");
	return 0;
}

/* ---- what they use ---------------------------------------------------------------------------------- */
static int read_sample(const char *json, struct stats_row *row, struct cleat_error *err)
{
	struct stats_sample *s = &row->now;
	_cleanup_json_ struct json_doc *doc = NULL;
	const char *id = "";
	const char *name = "";
	const struct {
		const char *key;
		uint64_t *to;
	} numbers[] = {
		{ "BootNs", &s->boot_ns },
		{ "CpuNs", &s->cpu_ns },
		{ "MemoryUsage", &s->memory },
		{ "MemoryLimit", &s->memory_limit },
		{ "MemoryInactiveFile", &s->inactive_file },
		{ "Pids", &s->pids },
		{ "BlockRead", &s->block_read },
		{ "BlockWritten", &s->block_written },
		{ "NetworkReceived", &s->received },
		{ "NetworkSent", &s->sent },
	};
	int r = json_parse(json, strlen(json), &doc, err);

	for (size_t i = 0; r == 0 && i < sizeof(numbers) / sizeof(*numbers); i++)
		r = json_get_u64(json_root(doc), numbers[i].key, numbers[i].to, err);
	if (r == 0)
		r = json_get_bool(json_root(doc), "Network", &s->network, err);
	if (r == 0)
		r = json_get_text(json_root(doc), "Id", &id, err);
	if (r == 0)
		r = json_get_text(json_root(doc), "Name", &name, err);
	if (r < 0)
		return r;
	char *copies[] = { strdup(id), strdup(name) };

	free(row->id);
	free(row->name);
	row->id = copies[0];
	row->name = copies[1];
	if (!row->id || !row->name)
		return cleat_fail(err, ENOMEM, "out of memory");
	s->known = true;
	return 0;
}

/* Its state forbids it: it does not run (any more), and that is no error of ours. */
static bool does_not_run(const struct cleat_error *err)
{
	return rpc_code_of(err->errnum) == RPC_FAILED_PRECONDITION;
}

static void answered(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct stats_row *row = arg;
	struct stats *stats = row->stats;
	struct cleat_error why = *err;

	stats->pending--;
	if (reply && read_sample(((const Cleat__V1__StatsResponse *)reply)->json, row, &why) == 0)
		return;
	/* It is there, and its numbers are not known. */
	if (why.errnum == ETIMEDOUT)
		return;
	/* One that was listed may be gone by now; a name that the user gave must be right. */
	if (!does_not_run(&why) && (why.errnum != ENOENT || !*row->id))
		note_failure(stats, &why);
}

static int ask_all(struct stats *stats)
{
	int r = 0;

	for (struct stats_row *row = stats->rows; r == 0 && row; row = row->next) {
		Cleat__V1__ContainerRequest request = CLEAT__V1__CONTAINER_REQUEST__INIT;

		row->before = row->now;
		row->now = (struct stats_sample){ 0 };
		request.namespace_ = cli_namespace(stats->cli);
		request.id = row->asked;
		r = ask(stats, "Stats", &request.base, PATIENCE_NS, answered, row);
	}
	return wait_for_all(stats, r);
}

int stats_take(struct stats *stats)
{
	int r = connect_daemon(stats->cli);

	stats->result = 0;
	if (r == 0)
		r = stats->cli->words.nargs ? name_them(stats) : list(stats);
	return r < 0 ? r : ask_all(stats);
}
