/* SPDX-License-Identifier: Apache-2.0 */
/*
 * validate.c - is a config.json fit to be run, as far as it can be judged without the kernel?
 *
 * Unknown members are ignored and unknown values are errors: the specification says so.
 */
#include "validate.h"

#include "base/text.h"

#include <cleat/cleanup.h>

#include <string.h>

int validate_strings(const struct json *parent, const char *key, struct cleat_error *err)
{
	const struct json *list = NULL;

	if (json_get_node(parent, key, JSON_ARRAY, &list, err) < 0)
		return -err->errnum;
	for (size_t i = 0; i < json_len(list); i++)
		if (!json_text(json_at(list, i)))
			return cleat_fail(err, EINVAL, "%s[%zu] must be a string", key, i);
	return 0;
}

int validate_path(const struct json *parent, const char *key, bool mandatory,
		  struct cleat_error *err)
{
	const char *path = NULL;

	if (json_get_text(parent, key, &path, err) < 0)
		return -err->errnum;
	if (!path && !mandatory)
		return 0;
	if (!path || *path != '/')
		return cleat_fail(err, EINVAL, "%s must be an absolute path", key);
	return 0;
}

static int validate_version(const struct json *config, struct cleat_error *err)
{
	const char *version = NULL;

	if (json_get_text(config, "ociVersion", &version, err) < 0)
		return -err->errnum;
	if (!version)
		return cleat_fail(err, EINVAL, "ociVersion is missing");
	if (!text_starts(version, "1."))
		return cleat_fail(err, EINVAL, "ociVersion '%.40s' is not supported, only 1.x is",
				  version);
	return 0;
}

static int validate_root(const struct json *config, struct cleat_error *err)
{
	const struct json *root = NULL;
	const char *path = NULL;
	bool ignored = false;

	if (json_get_node(config, "root", JSON_OBJECT, &root, err) < 0)
		return -err->errnum;
	if (json_get_text(root, "path", &path, err) < 0 ||
	    json_get_bool(root, "readonly", &ignored, err) < 0)
		return cleat_wrap(err, "root");
	if (!path || !*path)
		return cleat_fail(err, EINVAL, "root.path is missing");
	return 0;
}

static int validate_mount(const struct json *mount, struct cleat_error *err)
{
	const char *target = NULL;
	const char *ignored = NULL;

	if (json_type(mount) != JSON_OBJECT)
		return cleat_fail(err, EINVAL, "must be an object");
	if (json_get_text(mount, "destination", &target, err) < 0 ||
	    json_get_text(mount, "type", &ignored, err) < 0 ||
	    json_get_text(mount, "source", &ignored, err) < 0 ||
	    validate_strings(mount, "options", err) < 0)
		return -err->errnum;
	if (!target || !*target)
		return cleat_fail(err, EINVAL, "destination is missing");
	if (!json_get(mount, "uidMappings") != !json_get(mount, "gidMappings"))
		return cleat_fail(err, EINVAL, "uidMappings and gidMappings need each other");
	return 0;
}

static int validate_mounts(const struct json *config, struct cleat_error *err)
{
	const struct json *mounts = NULL;

	if (json_get_node(config, "mounts", JSON_ARRAY, &mounts, err) < 0)
		return -err->errnum;
	for (size_t i = 0; i < json_len(mounts); i++)
		if (validate_mount(json_at(mounts, i), err) < 0)
			return cleat_wrap(err, "mounts[%zu]", i);
	return 0;
}

static int validate_hook_list(const struct json *hooks, size_t which, struct cleat_error *err)
{
	const char *name = json_key(hooks, which);
	const struct json *list = json_at(hooks, which);

	if (json_type(list) == JSON_NULL)
		return 0;
	if (json_type(list) != JSON_ARRAY)
		return cleat_fail(err, EINVAL, "hooks.%.40s must be an array", name);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *hook = json_at(list, i);
		int64_t timeout = 1;

		if (validate_path(hook, "path", true, err) < 0 ||
		    validate_strings(hook, "args", err) < 0 ||
		    validate_strings(hook, "env", err) < 0 ||
		    json_get_i64(hook, "timeout", &timeout, err) < 0)
			return cleat_wrap(err, "hooks.%.40s[%zu]", name, i);
		if (timeout <= 0)
			return cleat_fail(err, EINVAL,
					  "hooks.%.40s[%zu].timeout must be more than 0", name, i);
	}
	return 0;
}

static int validate_hooks(const struct json *config, struct cleat_error *err)
{
	const struct json *hooks = NULL;

	if (json_get_node(config, "hooks", JSON_OBJECT, &hooks, err) < 0)
		return -err->errnum;
	for (size_t i = 0; i < json_len(hooks); i++)
		if (validate_hook_list(hooks, i, err) < 0)
			return -err->errnum;
	return 0;
}

static int validate_annotations(const struct json *config, struct cleat_error *err)
{
	const struct json *notes = NULL;

	if (json_get_node(config, "annotations", JSON_OBJECT, &notes, err) < 0)
		return -err->errnum;
	for (size_t i = 0; i < json_len(notes); i++)
		if (!json_text(json_at(notes, i)))
			return cleat_fail(err, EINVAL, "annotations[\"%.64s\"] must be a string",
					  json_key(notes, i));
	return 0;
}

int spec_validate(const struct json *config, struct cleat_error *err)
{
	static int (*const checks[])(const struct json *, struct cleat_error *) = {
		validate_version,     validate_root,  validate_mounts,
		validate_annotations, validate_hooks, validate_linux,
	};
	const struct json *process = NULL;

	if (json_type(config) != JSON_OBJECT)
		return cleat_fail(err, EINVAL, "config.json must be an object");
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if (checks[i](config, err) < 0)
			return cleat_wrap(err, "config.json");
	if (json_get_node(config, "process", JSON_OBJECT, &process, err) < 0 ||
	    (process && validate_process(process, err) < 0))
		return cleat_wrap(err, "config.json");
	return 0;
}
