/* SPDX-License-Identifier: Apache-2.0 */
/* top.c - cleat top: the processes of a container, as /proc of this machine shows them. */
#include <stdio.h>

#include <cleat/cleanup.h>

#include "base/json_out.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/top_process.h"
#include "cli/top_ps.h"
#include "rpc/pb/cleat.pb-c.h"

static void print_json(const char *const cells[TOP_CELLS])
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);
	_cleanup_free_ char *line = NULL;

	json_out_object(o);
	for (size_t i = 0; i < TOP_CELLS; i++)
		json_out_pair_text(o, top_headings[i], cells[i]);
	json_out_object_end(o);
	line = json_out_take(o);
	(void)printf("%s\n", line ? line : "");
}

static int print(struct cli *cli, const Cleat__V1__TopResponse *reply, bool json)
{
	struct columns *columns = columns_new(top_headings);
	int r = columns ? 0 : cleat_fail(&cli->err, 12, "out of memory");

	for (size_t i = 0; r == 0 && i < reply->n_pids; i++) {
		const char *cells[TOP_CELLS] = { 0 };

		if (top_process(&cli->arena, reply->pids[i], cells) < 0)
			continue;
		if (json)
			print_json(cells);
		else
			r = columns_add(columns, cells, &cli->err);
	}
	if (r == 0 && !json)
		r = columns_print(columns, &cli->err);
	columns_free(columns);
	return r;
}

int command_top(struct cli *cli)
{
	Cleat__V1__ContainerRequest request = CLEAT__V1__CONTAINER_REQUEST__INIT;
	Cleat__V1__TopResponse *reply = NULL;
	char *const *options = cli->words.args + 1;
	bool json = words_on(&cli->words, "json");
	int r = 0;

	/* What follows the name is for ps, which has no --json. */
	if (options[0] && text_eq(options[0], "--json") && !options[1]) {
		options++;
		json = true;
	}
	request.namespace_ = cli_namespace(cli);
	request.id = cli->words.args[0];
	r = daemon_call(cli, &cleat__v1__containers__descriptor, "Top", &request.base, &reply);
	if (r == 0)
		r = options[0] ? top_ps(options, reply->pids, reply->n_pids, &cli->err)
			       : print(cli, reply, json);
	return r < 0 ? cli_fail(cli, r) : cli_end(cli, 0);
}
