/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.c - what the image says, where the user said nothing.
 *
 * docker's rules: a new entrypoint drops the image's command; variables of the user win by name; an
 * empty --entrypoint empties the image's.
 */
#include "service/service.h"

#include "base/text.h"
#include "image/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

int service_append(char ***items, size_t *n, const char *text)
{
	char **grown = realloc(*items, (*n + 1) * sizeof(**items));

	if (!grown)
		return -ENOMEM;
	*items = grown;
	grown[*n] = strdup(text);
	if (!grown[*n])
		return -ENOMEM;
	++*n;
	return 0;
}

static bool sets(char *const *env, size_t n, const char *assignment)
{
	size_t len = strcspn(assignment, "=");

	for (size_t i = 0; i < n; i++)
		if (strncmp(env[i], assignment, len) == 0 &&
		    (env[i][len] == '=' || env[i][len] == '\0'))
			return true;
	return false;
}

/* The image's come first, as they were set first. */
static int merge_env(container_config *config, char *const *env)
{
	char **merged = NULL;
	size_t n = 0;

	for (; env && *env; env++)
		if (!sets(config->env, config->n_env, *env) &&
		    service_append(&merged, &n, *env) < 0)
			break;
	bool complete = !env || !*env;

	for (size_t i = 0; complete && i < config->n_env; i++)
		complete = service_append(&merged, &n, config->env[i]) == 0;
	if (!complete) {
		for (size_t i = 0; i < n; i++)
			free(merged[i]);
		free(merged);
		return -ENOMEM;
	}
	for (size_t i = 0; i < config->n_env; i++)
		free(config->env[i]);
	free(config->env);
	config->env = merged;
	config->n_env = n;
	return 0;
}

static int append_all(char ***items, size_t *n, char *const *more)
{
	for (; more && *more; more++)
		if (service_append(items, n, *more) < 0)
			return -ENOMEM;
	return 0;
}

static int merge_command(container_config *config, const struct image_manifest *image)
{
	if (config->entrypoint_set)
		return 0; /* the image's command belonged to its entrypoint */
	if (append_all(&config->entrypoint, &config->n_entrypoint, image->entrypoint) < 0)
		return -ENOMEM;
	return config->n_args ? 0 : append_all(&config->args, &config->n_args, image->cmd);
}

static int add_label(container_config *config, const char *key, const char *value)
{
	Cleat__V1__Label **grown =
		realloc(config->labels, (config->n_labels + 1) * sizeof(*config->labels));
	Cleat__V1__Label *label = grown ? malloc(sizeof(*label)) : NULL;

	if (grown)
		config->labels = grown;
	if (!label)
		return -ENOMEM;
	cleat__v1__label__init(label);
	grown[config->n_labels++] = label;
	return task_set_message_text(&label->key, key) < 0 ||
			       task_set_message_text(&label->value, value) < 0
		       ? -ENOMEM
		       : 0;
}

static bool has_label(const container_config *config, const char *key)
{
	for (size_t i = 0; i < config->n_labels; i++)
		if (text_eq(config->labels[i]->key, key))
			return true;
	return false;
}

static int merge_labels(container_config *config, char *const *labels)
{
	for (; labels && labels[0] && labels[1]; labels += 2)
		if (!has_label(config, labels[0]) && add_label(config, labels[0], labels[1]) < 0)
			return -ENOMEM;
	return 0;
}

static int merge_text(char **field, const char *value)
{
	return **field || !value || !*value ? 0 : task_set_message_text(field, value);
}

int service_merge(container_config *config, const struct image_manifest *image,
		  struct cleat_error *err)
{
	const char *workdir = image->workdir && image->workdir[0] == '/' ? image->workdir : "";

	if (merge_env(config, image->env) < 0 || merge_command(config, image) < 0 ||
	    merge_labels(config, image->labels) < 0 || merge_text(&config->user, image->user) < 0 ||
	    merge_text(&config->workdir, workdir) < 0 ||
	    merge_text(&config->stop_signal, image->stop_signal) < 0)
		return cleat_fail(err, ENOMEM, "cannot create: out of memory");
	return service_merge_health(config, image, err);
}
