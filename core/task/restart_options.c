/* SPDX-License-Identifier: Apache-2.0 */
/* restart_options.c - --restart-opt KEY=VALUE: checked by the plugin's own schema, kept as text. */
#include "task/restart_options.h"

#include "base/text.h"
#include "plugin/registry.h"
#include "use/use.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

/* In order: a later one of the same key wins. */
int restart_settings(struct tasks *tasks, const container_config *config,
		     Cleat__V1__Label *const *more, size_t n, const struct plugin *plugin,
		     void **out, struct cleat_error *err)
{
	size_t own = config->n_restart_options;
	_cleanup_free_ struct use_option *options = calloc(own + n + 1, sizeof(*options));

	if (!options)
		return cleat_fail(err, ENOMEM, "cannot read restart options: out of memory");
	for (size_t i = 0; i < own + n; i++) {
		const Cleat__V1__Label *option =
			i < own ? config->restart_options[i] : more[i - own];

		options[i] = (struct use_option){ option->key, option->value };
	}
	return use_restart_settings(plugin, tasks->env.config, options, own + n, out, err);
}

const char *restart_policy_settled(const char *policy)
{
	return !*policy || text_eq(policy, "never") ? "no" : policy;
}

int restart_check_policy(struct tasks *tasks, const container_config *config,
			 Cleat__V1__Label *const *more, size_t n, const char *policy, char name[32],
			 struct cleat_error *err)
{
	const struct plugin *plugin = NULL;
	struct cleat_policy parsed = { .size = sizeof(parsed) };
	_cleanup_free_ void *settings = NULL;
	int r = registry_find(tasks->env.registry, "restart", NULL, &plugin, err);

	if (r == 0)
		r = use_restart_parse(plugin, restart_policy_settled(policy), name, &parsed, err);
	if (r == 0)
		r = restart_settings(tasks, config, more, n, plugin, &settings, err);
	parsed.settings = settings;
	return r < 0 || !settings ? r : use_restart_check(plugin, &parsed, err);
}

static Cleat__V1__Label *copy(const Cleat__V1__Label *option)
{
	Cleat__V1__Label *label = malloc(sizeof(*label));

	if (!label)
		return NULL;
	cleat__v1__label__init(label);
	label->key = strdup(option->key);
	label->value = strdup(option->value);
	if (label->key && label->value)
		return label;
	free(label->key);
	free(label->value);
	free(label);
	return NULL;
}

/* By the allocator of protobuf-c, which frees it with the rest. */
static int put(container_config *config, const Cleat__V1__Label *option)
{
	size_t n = config->n_restart_options;

	for (size_t i = 0; i < n; i++)
		if (text_eq(config->restart_options[i]->key, option->key))
			return task_set_message_text(&config->restart_options[i]->value,
						     option->value);
	Cleat__V1__Label **grown =
		realloc(config->restart_options, (n + 1) * sizeof(Cleat__V1__Label *));

	if (!grown)
		return -ENOMEM;
	config->restart_options = grown;
	grown[n] = copy(option);
	if (!grown[n])
		return -ENOMEM;
	config->n_restart_options++;
	return 0;
}

int restart_merge_options(container_config *config, Cleat__V1__Label *const *options, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = put(config, options[i]);
	return r;
}
