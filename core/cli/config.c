/* SPDX-License-Identifier: Apache-2.0 */
/* config.c - cleat config show, defaults and check: also when the daemon cannot start. */
#include <stdio.h>

#include <cleat/cleanup.h>

#include "base/json_out.h"
#include "cli/commands.h"
#include "cli/look.h"
#include "config/config.h"
#include "plugin/describe.h"

static int print(struct cli *cli, const struct text *text)
{
	if (text->failed)
		return cleat_fail(&cli->err, 12, "out of memory");
	(void)fputs(text->bytes ? text->bytes : "", stdout);
	return 0;
}

static int show(struct cli *cli, const struct registry *registry)
{
	_cleanup_text_ struct text text = { 0 };
	_cleanup_json_out_ struct json_out *o = NULL;
	_cleanup_free_ char *array = NULL;

	if (!words_on(&cli->words, "json")) {
		describe_config(registry, cli->config, &text);
		return print(cli, &text);
	}
	o = json_out_new(false);
	describe_config_json(registry, cli->config, o);
	array = json_out_take(o);
	return array ? look_print_lines(cli, array) : cleat_fail(&cli->err, 12, "out of memory");
}

int command_config_show(struct cli *cli)
{
	struct registry *registry = NULL;
	int r = look_open(cli, true, &registry);

	if (r == 0)
		r = show(cli, registry);
	registry_close(registry);
	return r < 0 ? cli_fail(cli, r) : cli_end(cli, 0);
}

int command_config_defaults(struct cli *cli)
{
	_cleanup_text_ struct text text = { 0 };
	struct registry *registry = NULL;
	int r = look_open(cli, true, &registry);

	if (r == 0) {
		describe_defaults(registry, &text);
		r = print(cli, &text);
	}
	registry_close(registry);
	return r < 0 ? cli_fail(cli, r) : cli_end(cli, 0);
}

int command_config_check(struct cli *cli)
{
	struct registry *registry = NULL;
	int r = look_open(cli, true, &registry);

	if (r == 0)
		r = registry_check(registry, &cli->err);
	registry_close(registry);
	return r < 0 ? cli_fail(cli, r) : cli_end(cli, 0);
}
