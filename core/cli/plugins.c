/* SPDX-License-Identifier: Apache-2.0 */
/* plugins.c - cleat plugins ls and show: also when the daemon cannot start. */
#include <stdio.h>

#include <cleat/cleanup.h>

#include "base/json_out.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/look.h"
#include "plugin/describe.h"

/* Reasons are long: the column is only there when there is one. */
static bool any_refused(const struct registry *registry)
{
	for (size_t i = 0; i < registry_count(registry); i++)
		if (registry_at(registry, i)->refused)
			return true;
	return false;
}

static int print_table(struct cli *cli, const struct registry *registry)
{
	const char *headings[] = { "TYPE",  "NAME", "VERSION",
				   "STATE", "FILE", any_refused(registry) ? "REASON" : NULL,
				   NULL };
	struct columns *columns = columns_new(headings);
	int r = columns ? 0 : cleat_fail(&cli->err, 12, "out of memory");

	for (size_t i = 0; r == 0 && i < registry_count(registry); i++) {
		struct describe_row row = { 0 };

		describe_row(registry_at(registry, i), &row);
		const char *cells[] = { row.type,    *row.name ? row.name : row.stem,
					row.version, row.state,
					row.file,    row.why };

		r = columns_add(columns, cells, &cli->err);
	}
	if (r == 0)
		r = columns_print(columns, &cli->err);
	columns_free(columns);
	return r;
}

static int print_json(struct cli *cli, const struct registry *registry)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);
	_cleanup_free_ char *array = NULL;

	describe_list_json(registry, o);
	array = json_out_take(o);
	return array ? look_print_lines(cli, array) : cleat_fail(&cli->err, 12, "out of memory");
}

static void print_names(const struct registry *registry)
{
	for (size_t i = 0; i < registry_count(registry); i++) {
		struct describe_row row = { 0 };

		describe_row(registry_at(registry, i), &row);
		if (*row.name)
			(void)printf("%s/%s\n", row.type, row.name);
	}
}

int command_plugins_ls(struct cli *cli)
{
	struct registry *registry = NULL;
	int r = look_open(cli, true, &registry);

	if (r < 0)
		return cli_fail(cli, r);
	if (words_on(&cli->words, "names"))
		print_names(registry);
	else if (words_on(&cli->words, "json"))
		r = print_json(cli, registry);
	else
		r = print_table(cli, registry);
	registry_close(registry);
	return r < 0 ? cli_fail(cli, r) : cli_end(cli, 0);
}

static int show(struct cli *cli, const struct registry *registry, const char *name)
{
	_cleanup_text_ struct text text = { 0 };
	const struct plugin *plugin = NULL;
	int r = describe_find(registry, name, &plugin, &cli->err);

	if (r < 0)
		return r;
	describe_plugin(plugin, cli->config, &text);
	if (text.failed)
		return cleat_fail(&cli->err, 12, "out of memory");
	(void)fputs(text.bytes ? text.bytes : "", stdout);
	return 0;
}

int command_plugins_show(struct cli *cli)
{
	struct registry *registry = NULL;
	int code = 0;
	int r = look_open(cli, true, &registry);

	if (r < 0)
		return cli_fail(cli, r);
	for (char **name = cli->words.args; *name; name++) {
		if (name != cli->words.args)
			(void)printf("\n");
		if (show(cli, registry, *name) < 0) {
			cli_complain(cli);
			code = 1;
		}
	}
	registry_close(registry);
	return cli_end(cli, code);
}
