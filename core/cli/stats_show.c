/* SPDX-License-Identifier: Apache-2.0 */
/* stats_show.c - docker's columns, for people and for programs. */
#include "cli/stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysinfo.h>

#include <cleat/cleanup.h>

#include "base/json_out.h"
#include "cli/ago.h"
#include "cli/columns.h"
#include "cli/json_flag.h"

enum { COLUMNS = 8, SHORT_ID = 12 };
static const char none[] = "--";

void stats_cpu(const struct stats_row *row, char out[STATS_TEXT])
{
	const struct stats_sample *now = &row->now;
	const struct stats_sample *before = &row->before;

	/* Of another run the counter began anew. */
	if (!now->known || !before->known || now->boot_ns <= before->boot_ns ||
	    now->cpu_ns < before->cpu_ns)
		(void)snprintf(out, STATS_TEXT, "%s", none);
	else
		(void)snprintf(out, STATS_TEXT, "%.2f%%",
			       100.0 * (double)(now->cpu_ns - before->cpu_ns) /
				       (double)(now->boot_ns - before->boot_ns));
}

uint64_t stats_memory(const struct stats_sample *sample)
{
	return sample->memory > sample->inactive_file ? sample->memory - sample->inactive_file
						      : sample->memory;
}

void stats_bytes(uint64_t bytes, char out[STATS_TEXT])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double size = (double)bytes;
	unsigned unit = 0;

	/* 1023.95 of a unit would print as 1024. */
	for (; size >= 1023.95 && unit < 6; unit++)
		size /= 1024;
	(void)snprintf(out, STATS_TEXT, "%.4g%s", size, units[unit]);
}

static uint64_t limit_of(const struct stats_sample *sample)
{
	struct sysinfo info;
	uint64_t machine = sysinfo(&info) == 0 ? (uint64_t)info.totalram * info.mem_unit : 0;

	return machine && (!sample->memory_limit || sample->memory_limit > machine)
		       ? machine
		       : sample->memory_limit;
}

static void pair(char out[STATS_TEXT], bool known, uint64_t a, uint64_t b)
{
	char left[AGO_TEXT];
	char right[AGO_TEXT];

	ago_size(a, left);
	ago_size(b, right);
	(void)snprintf(out, STATS_TEXT, known ? "%s / %s" : "--", left, right);
}

struct cells {
	char cpu[STATS_TEXT], memory[2 * STATS_TEXT], percent[STATS_TEXT], network[STATS_TEXT],
		block[STATS_TEXT], pids[STATS_TEXT];
};

static void fill(const struct stats_row *row, struct cells *c)
{
	const struct stats_sample *now = &row->now;
	uint64_t limit = limit_of(now);
	char used[STATS_TEXT];
	char most[STATS_TEXT];

	stats_cpu(row, c->cpu);
	stats_bytes(stats_memory(now), used);
	stats_bytes(limit, most);
	(void)snprintf(c->memory, sizeof(c->memory), now->known ? "%s / %s" : "-- / --", used,
		       most);
	if (now->known && limit)
		(void)snprintf(c->percent, STATS_TEXT, "%.2f%%",
			       100.0 * (double)stats_memory(now) / (double)limit);
	else
		(void)snprintf(c->percent, STATS_TEXT, "%s", none);
	pair(c->network, now->known && now->network, now->received, now->sent);
	pair(c->block, now->known, now->block_read, now->block_written);
	if (now->known)
		(void)snprintf(c->pids, STATS_TEXT, "%" PRIu64, now->pids);
	else
		(void)snprintf(c->pids, STATS_TEXT, "%s", none);
}

int stats_print_table(const struct stats *stats, struct cleat_error *err)
{
	static const char *const headings[COLUMNS + 1] = { "CONTAINER ID",      "NAME",  "CPU %",
							   "MEM USAGE / LIMIT", "MEM %", "NET I/O",
							   "BLOCK I/O",         "PIDS",  NULL };
	bool whole = words_on(&stats->cli->words, "no-trunc");
	struct columns *columns = columns_new(headings);
	int r = columns ? 0 : cleat_fail(err, 12, "out of memory");

	for (const struct stats_row *row = stats->rows; r == 0 && row; row = row->next) {
		struct cells c;
		char id[72];

		fill(row, &c);
		(void)snprintf(id, sizeof(id), "%.*s", whole ? 64 : SHORT_ID,
			       *row->id ? row->id : none);
		const char *cells[COLUMNS] = { id,        row->name, c.cpu,   c.memory,
					       c.percent, c.network, c.block, c.pids };

		r = columns_add(columns, cells, err);
	}
	if (r == 0)
		r = columns_print(columns, err);
	columns_free(columns);
	return r;
}

static void print_raw(const struct stats_sample *s, struct json_out *o)
{
	json_out_pair_u64(o, "CpuNs", s->cpu_ns);
	json_out_pair_u64(o, "MemoryBytes", stats_memory(s));
	json_out_pair_u64(o, "MemoryLimitBytes", limit_of(s));
	json_out_pair_u64(o, "NetReceivedBytes", s->received);
	json_out_pair_u64(o, "NetSentBytes", s->sent);
	json_out_pair_u64(o, "BlockReadBytes", s->block_read);
	json_out_pair_u64(o, "BlockWrittenBytes", s->block_written);
}

static void print_row(struct cli *cli, const struct stats_row *row)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);
	_cleanup_free_ char *line = NULL;
	struct cells c;

	if (!o)
		return;
	fill(row, &c);
	json_out_object(o);
	json_out_pair_text(o, "Container", row->asked);
	json_out_pair_text(o, "ID", row->id);
	json_out_pair_text(o, "Name", row->name);
	json_out_pair_text(o, "CPUPerc", c.cpu);
	json_out_pair_text(o, "MemUsage", c.memory);
	json_out_pair_text(o, "MemPerc", c.percent);
	json_out_pair_text(o, "NetIO", c.network);
	json_out_pair_text(o, "BlockIO", c.block);
	json_out_pair_text(o, "PIDs", c.pids);
	if (row->now.known)
		print_raw(&row->now, o);
	json_out_object_end(o);
	line = json_out_take(o);
	json_line(cli, line);
}

void stats_print_json(const struct stats *stats)
{
	for (const struct stats_row *row = stats->rows; row; row = row->next)
		print_row(stats->cli, row);
}
