/* SPDX-License-Identifier: Apache-2.0 */
/* json_flag.c - docker's `--format '{{json .}}'` is our --json. */
#include "cli/json_flag.h"

int json_flag(struct cli *cli, bool *out)
{
	const char *format = words_text(&cli->words, "format");

	*out = words_on(&cli->words, "json") || format;
	if (!format || text_eq(format, "json") || text_eq(format, "{{json .}}"))
		return 0;
	return words_refuse(format, "format", &cli->err,
			    "there are no templates but '{{json .}}' and json; use --json and jq");
}
