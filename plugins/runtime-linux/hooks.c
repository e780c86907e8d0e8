/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hooks.c - the programs of `hooks`, read from the configuration.
 *
 * hook_run.c starts them. What it needs is laid out here, because it also runs in the cloned child,
 * where nothing may be allocated.
 */
#include "hooks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "hook_run.h"

#define MAX_SECONDS (24 * 3600)

static const char *const kind_names[HOOK_KINDS] = {
	[HOOK_PRESTART] = "prestart",
	[HOOK_CREATE_RUNTIME] = "createRuntime",
	[HOOK_CREATE_CONTAINER] = "createContainer",
	[HOOK_START_CONTAINER] = "startContainer",
	[HOOK_POSTSTART] = "poststart",
	[HOOK_POSTSTOP] = "poststop",
};

struct hooks {
	struct hook *list[HOOK_KINDS];
	size_t n[HOOK_KINDS];
};

static void free_strings(char **list)
{
	for (char **s = list; s && *s; s++)
		free(*s);
	free(list);
}

static void hook_fini(struct hook *hook)
{
	free(hook->path);
	free_strings(hook->args);
	free_strings(hook->env);
}

/* An array of strings, ended by NULL. Absent: empty. */
static int read_strings(const struct json *object, const char *key, char ***out,
			struct cleat_error *err)
{
	const struct json *list = NULL;
	int rc = json_get_node(object, key, JSON_ARRAY, &list, err);

	if (rc < 0)
		return rc;
	*out = calloc(json_len(list) + 1, sizeof(**out));
	for (size_t i = 0; *out && i < json_len(list); i++) {
		const char *text = json_text(json_at(list, i));

		if (!text)
			return cleat_fail(err, EINVAL, "%s[%zu] must be a string", key, i);
		(*out)[i] = strdup(text);
		if (!(*out)[i])
			return cleat_fail(err, ENOMEM, "out of memory");
	}
	return *out ? 0 : cleat_fail(err, ENOMEM, "out of memory");
}

static int read_timeout(const struct json *item, struct hook *out, struct cleat_error *err)
{
	int64_t seconds = 0;

	if (!json_get(item, "timeout"))
		return 0;
	int rc = json_get_i64(item, "timeout", &seconds, err);

	if (rc < 0)
		return rc;
	if (seconds <= 0 || seconds > MAX_SECONDS)
		return cleat_fail(err, EINVAL, "timeout must be 1 to %d seconds", MAX_SECONDS);
	out->timeout_ms = (int)seconds * 1000;
	return 0;
}

static int read_hook(const struct json *item, struct hook *out, struct cleat_error *err)
{
	const char *path = NULL;
	int rc = json_get_text(item, "path", &path, err);

	if (rc == 0 && (!path || *path != '/'))
		rc = cleat_fail(err, EINVAL, "path must be absolute, not '%.100s'",
				path ? path : "");
	if (rc == 0)
		rc = read_timeout(item, out, err);
	if (rc == 0)
		rc = read_strings(item, "args", &out->args, err);
	if (rc == 0)
		rc = read_strings(item, "env", &out->env, err);
	if (rc < 0)
		return rc;
	out->path = strdup(path);
	if (!out->path)
		return cleat_fail(err, ENOMEM, "out of memory");
	if (out->args && out->args[0])
		return 0;
	free(out->args); /* a program wants to know its name */
	out->args = calloc(2, sizeof(*out->args));
	if (!out->args || !(out->args[0] = strdup(path)))
		return cleat_fail(err, ENOMEM, "out of memory");
	return 0;
}

static int read_kind(struct hooks *hooks, enum hook_kind kind, const struct json *object,
		     struct cleat_error *err)
{
	const struct json *list = NULL;

	if (json_get_node(object, kind_names[kind], JSON_ARRAY, &list, err) < 0)
		return cleat_wrap(err, "hooks");
	if (json_len(list) == 0)
		return 0;
	hooks->list[kind] = calloc(json_len(list), sizeof(struct hook));
	if (!hooks->list[kind])
		return cleat_fail(err, ENOMEM, "cannot read hooks: %m");
	for (size_t i = 0; i < json_len(list); i++) {
		struct hook *hook = &hooks->list[kind][hooks->n[kind]++];

		hook->kind = kind_names[kind];
		if (read_hook(json_at(list, i), hook, err) < 0)
			return cleat_wrap(err, "hooks.%s[%zu]", kind_names[kind], i);
	}
	return 0;
}

int hooks_parse(const struct json *hooks, struct hooks **out, struct cleat_error *err)
{
	_cleanup_(hooks_freep) struct hooks *set = calloc(1, sizeof(*set));

	if (!set)
		return cleat_fail(err, ENOMEM, "cannot read hooks: %m");
	if (hooks && json_type(hooks) != JSON_OBJECT)
		return cleat_fail(err, EINVAL, "hooks must be an object");
	for (int kind = 0; kind < HOOK_KINDS; kind++)
		if (read_kind(set, (enum hook_kind)kind, hooks, err) < 0)
			return -err->errnum;
	*out = take_ptr(set);
	return 0;
}

bool hooks_has(const struct hooks *hooks, enum hook_kind kind)
{
	return hooks && hooks->n[kind] > 0;
}

int hooks_run(const struct hooks *hooks, enum hook_kind kind, const char *state, const char *cwd,
	      struct cleat_error *err)
{
	for (size_t i = 0; hooks && i < hooks->n[kind]; i++) {
		int rc = hook_run(&hooks->list[kind][i], state, cwd, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

int hooks_run_all(const struct hooks *hooks, enum hook_kind kind, const char *state,
		  const char *cwd, struct cleat_error *err)
{
	int first = 0;

	for (size_t i = 0; hooks && i < hooks->n[kind]; i++) {
		struct cleat_error this_err;
		int rc = hook_run(&hooks->list[kind][i], state, cwd, &this_err);

		if (rc < 0 && first == 0) {
			first = rc;
			*err = this_err;
		}
	}
	return first;
}

void hooks_free(struct hooks *hooks)
{
	for (int kind = 0; hooks && kind < HOOK_KINDS; kind++) {
		for (size_t i = 0; i < hooks->n[kind]; i++)
			hook_fini(&hooks->list[kind][i]);
		free(hooks->list[kind]);
	}
	free(hooks);
}

void hooks_freep(struct hooks **hooks)
{
	hooks_free(*hooks);
}
