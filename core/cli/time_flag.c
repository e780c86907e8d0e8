/* SPDX-License-Identifier: Apache-2.0 */
/* time_flag.c - a point in time on the command line. */
#include "cli/time_flag.h"

#include "cli/log_time.h"

int time_flag(struct cli *cli, const char *flag, uint64_t now, uint64_t *out)
{
	const char *text = words_text(&cli->words, flag);

	if (!text || log_time_parse(text, now, out) == 0)
		return 0;
	return words_refuse(text, flag, &cli->err,
			    "it is a time (2026-11-22T00:28:31Z), seconds since 1970 or a duration "
			    "(10m)");
}
