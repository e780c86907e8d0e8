/* SPDX-License-Identifier: Apache-2.0 */
/* validate_linux.c - the member "linux", and what needs a namespace of one's own. */
#include "validate.h"

#include "base/text.h"

#include <cleat/cleanup.h>

static const char *const types[] = { "pid", "network", "mount",  "ipc",
				     "uts", "user",    "cgroup", "time" };

static int type_of(const struct json *namespace, size_t *out, struct cleat_error *err)
{
	const char *type = NULL;

	if (json_get_text(namespace, "type", &type, err) < 0)
		return -err->errnum;
	for (size_t i = 0; type && i < ARRAY_SIZE(types); i++)
		if (text_eq(type, types[i])) {
			*out = i;
			return 0;
		}
	return cleat_fail(err, EINVAL, "type '%.40s' is unknown", type ? type : "");
}

static int validate_namespaces(const struct json *linux_node, unsigned *out_has,
			       struct cleat_error *err)
{
	const struct json *list = NULL;

	*out_has = 0;
	if (json_get_node(linux_node, "namespaces", JSON_ARRAY, &list, err) < 0)
		return -err->errnum;
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *namespace = json_at(list, i);
		size_t type = 0;

		if (type_of(namespace, &type, err) < 0 ||
		    validate_path(namespace, "path", false, err) < 0)
			return cleat_wrap(err, "namespaces[%zu]", i);
		if (*out_has & 1u << type)
			return cleat_fail(err, EINVAL, "namespaces: %s is there twice",
					  types[type]);
		*out_has |= 1u << type;
	}
	return 0;
}

static int validate_mappings(const struct json *linux_node, const char *key,
			     struct cleat_error *err)
{
	const struct json *list = NULL;

	if (json_get_node(linux_node, key, JSON_ARRAY, &list, err) < 0)
		return -err->errnum;
	if (json_len(list) > 340) /* user_namespaces(7) */
		return cleat_fail(err, E2BIG, "%s has more than 340 items", key);
	for (size_t i = 0; i < json_len(list); i++) {
		uint32_t inside = 0;
		uint32_t outside = 0;
		uint32_t size = 0;

		if (json_get_u32(json_at(list, i), "containerID", &inside, err) < 0 ||
		    json_get_u32(json_at(list, i), "hostID", &outside, err) < 0 ||
		    json_get_u32(json_at(list, i), "size", &size, err) < 0)
			return cleat_wrap(err, "%s[%zu]", key, i);
		if (size == 0)
			return cleat_fail(err, EINVAL, "%s[%zu].size must be more than 0", key, i);
	}
	return 0;
}

static int validate_path_list(const struct json *linux_node, const char *key,
			      struct cleat_error *err)
{
	const struct json *list = json_get(linux_node, key);

	if (validate_strings(linux_node, key, err) < 0)
		return -err->errnum;
	for (size_t i = 0; i < json_len(list); i++)
		if (*json_text(json_at(list, i)) != '/')
			return cleat_fail(err, EINVAL, "%s[%zu] must be an absolute path", key, i);
	return 0;
}

static int validate_hostname(const struct json *config, unsigned has, struct cleat_error *err)
{
	static const char *const names[] = { "hostname", "domainname" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *name = NULL;

		if (json_get_text(config, names[i], &name, err) < 0)
			return -err->errnum;
		if (name && *name && !(has & 1u << 4))
			return cleat_fail(err, EINVAL, "%s needs a uts namespace", names[i]);
	}
	return 0;
}

int validate_linux(const struct json *config, struct cleat_error *err)
{
	const struct json *linux_node = NULL;
	const char *text = NULL;
	unsigned has = 0;

	if (json_get_node(config, "linux", JSON_OBJECT, &linux_node, err) < 0)
		return -err->errnum;
	if (validate_namespaces(linux_node, &has, err) < 0 ||
	    validate_mappings(linux_node, "uidMappings", err) < 0 ||
	    validate_mappings(linux_node, "gidMappings", err) < 0 ||
	    validate_path_list(linux_node, "maskedPaths", err) < 0 ||
	    validate_path_list(linux_node, "readonlyPaths", err) < 0 ||
	    json_get_text(linux_node, "cgroupsPath", &text, err) < 0)
		return cleat_wrap(err, "linux");
	return validate_hostname(config, has, err);
}
