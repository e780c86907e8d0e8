/* SPDX-License-Identifier: Apache-2.0 */
/* look.c - configuration and plugins without a daemon. */
#include "cli/look.h"

#include <stdio.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "base/json_out.h"
#include "cli/connect.h"

int look_open(struct cli *cli, bool keep_going, struct registry **out)
{
	struct registry_env env = { .types = PLUGIN_ALL,
				    .look_only = true,
				    .keep_going = keep_going };
	int r = open_config(cli);

	return r < 0 ? r : registry_open(cli->config, &env, out, &cli->err);
}

int look_print_lines(struct cli *cli, const char *array)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	int r = json_parse(array, strlen(array), &doc, &cli->err);

	for (size_t i = 0; r == 0 && i < json_len(json_root(doc)); i++) {
		_cleanup_json_out_ struct json_out *o = json_out_new(false);
		_cleanup_free_ char *line = NULL;

		json_out_value(o, json_at(json_root(doc), i));
		line = json_out_take(o);
		if (line)
			(void)printf("%s\n", line);
	}
	return r;
}
