/* SPDX-License-Identifier: Apache-2.0 */
/* stats.h - cleat stats: samples of containers' counters, and their rates. */
#ifndef CORE_CLI_STATS_H
#define CORE_CLI_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"

/** What the daemon told of one container at one moment. */
struct stats_sample {
	bool known;
	uint64_t boot_ns, cpu_ns;
	uint64_t memory, memory_limit, inactive_file;
	uint64_t pids, block_read, block_written;
	bool network;
	uint64_t received, sent;
};

struct stats_row {
	struct stats_row *next;
	struct stats *stats;
	char *asked; /* a name that the user gave, or an id */
	char *id, *name;
	struct stats_sample before, now;
	bool listed; /* still there */
};

struct stats {
	struct cli *cli;
	bool all;
	struct stats_row *rows;
	unsigned pending;
	int result;
};

/** Ask for every container that was named, or that runs. */
int stats_take(struct stats *stats);
void stats_fini(struct stats *stats);

/** "0.51%"; "--" without two samples. */
enum { STATS_TEXT = 64 };
void stats_cpu(const struct stats_row *row, char out[STATS_TEXT]);
/** Without what the kernel would drop first, as docker counts. */
uint64_t stats_memory(const struct stats_sample *sample);
/** "1.5MiB": powers of 1024. */
void stats_bytes(uint64_t bytes, char out[STATS_TEXT]);
int stats_print_table(const struct stats *stats, struct cleat_error *err);
void stats_print_json(const struct stats *stats);

#endif
