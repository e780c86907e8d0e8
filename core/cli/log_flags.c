/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_flags.c - --log-driver and --log-opt: docker's words for `--io log` and its keys.
 *
 * Keys and values are the plugin's: the daemon, which knows its schema, judges them.
 */
#include <errno.h>
#include <string.h>

#include "cli/container_config.h"

typedef Cleat__V1__ContainerConfig config;

static int add(struct cli *cli, config *out, const char *key, const char *value)
{
	Cleat__V1__Label *label = arena_alloc(&cli->arena, sizeof(*label));

	for (size_t i = 0; i < out->n_log_options; i++) {
		if (!text_eq(out->log_options[i]->key, key))
			continue;
		return text_eq(out->log_options[i]->value, value)
			       ? 0
			       : cleat_fail(
					 &cli->err, EINVAL,
					 "conflicting options: log option %s is both '%s' and '%s'",
					 key, out->log_options[i]->value, value);
	}
	cleat__v1__label__init(label);
	label->key = (char *)key;
	label->value = (char *)value;
	arena_append(&cli->arena, &out->log_options, &out->n_log_options, label);
	return 0;
}

static int driver(struct cli *cli, const char *name, config *out)
{
	if (!text_eq(name, "json-file") && !text_eq(name, "cri") && !text_eq(name, "journald") &&
	    !text_eq(name, "none"))
		return words_refuse(name, "log-driver", &cli->err,
				    "it is json-file, cri, journald or none");
	if (*out->io && !text_eq(out->io, "log"))
		return cleat_fail(
			&cli->err, EINVAL,
			"conflicting options: --log-driver %s means --io log, not --io %s", name,
			out->io);
	out->io = (char *)"log";
	return add(cli, out, "format", name);
}

int log_flags_collect(struct cli *cli, config *out)
{
	const char *name = words_text(&cli->words, "log-driver");
	int r = name ? driver(cli, name, out) : 0;

	for (char *const *item = words_list(&cli->words, "log-opt"); r == 0 && *item; item++) {
		const char *equals = strchr(*item, '=');

		if (!equals || equals == *item)
			return words_refuse(*item, "log-opt", &cli->err, "it is KEY=VALUE");
		r = add(cli, out, arena_text_n(&cli->arena, *item, (size_t)(equals - *item)),
			equals + 1);
	}
	return r;
}
