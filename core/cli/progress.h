/* SPDX-License-Identifier: Apache-2.0 */
/* progress.h - how far an import is: one line redrawn on a terminal, plain lines elsewhere. */
#ifndef CORE_CLI_PROGRESS_H
#define CORE_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

enum { PROGRESS_TEXT = 512 };

struct progress {
	bool terminal, quiet;
	bool drawn; /* the line on the terminal is ours */
	uint64_t began, last_drawn;
	char step[64], what[128];
};

void progress_init(struct progress *progress, bool quiet);
/** Something moved. Redraws at most ten times a second. */
void progress_show(struct progress *progress, const char *step, const char *what, uint64_t bytes,
		   uint64_t total);
/** Leave the line. */
void progress_end(struct progress *progress);
/** One line of at most @columns columns. @elapsed_ns is for the rate. */
void progress_line(char out[PROGRESS_TEXT], unsigned columns, const char *step, const char *what,
		   uint64_t bytes, uint64_t total, uint64_t elapsed_ns);

#endif
