/* SPDX-License-Identifier: Apache-2.0 */
/* validate_process.c - the member "process", of a container and of an exec. */
#include "validate.h"

#include "base/text.h"
#include "rlimits.h"

#include <cleat/cleanup.h>

static int validate_args(const struct json *process, struct cleat_error *err)
{
	if (validate_strings(process, "args", err) < 0)
		return -err->errnum;
	if (json_len(json_get(process, "args")) == 0)
		return cleat_fail(err, EINVAL, "args must have at least one item");
	if (!*json_text(json_at(json_get(process, "args"), 0)))
		return cleat_fail(err, EINVAL, "args[0] must not be empty");
	return 0;
}

static int validate_user(const struct json *process, struct cleat_error *err)
{
	const struct json *user = NULL;
	const struct json *groups = NULL;
	uint32_t id = 0;

	if (json_get_node(process, "user", JSON_OBJECT, &user, err) < 0)
		return -err->errnum;
	static const char *const ids[] = { "uid", "gid", "umask" };

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		id = 0;
		if (json_get_u32(user, ids[i], &id, err) < 0)
			return cleat_wrap(err, "user");
		if (id == UINT32_MAX) /* "no change" to setresuid(2) */
			return cleat_fail(err, EINVAL, "user.%s must be below 4294967295", ids[i]);
	}
	if (json_get_node(user, "additionalGids", JSON_ARRAY, &groups, err) < 0)
		return cleat_wrap(err, "user");
	for (size_t i = 0; i < json_len(groups); i++) {
		uint64_t gid = 0;

		if (json_to_u64(json_at(groups, i), &gid) < 0 || gid >= UINT32_MAX)
			return cleat_fail(err, EINVAL,
					  "user.additionalGids[%zu] must be 0 to 4294967294", i);
	}
	return 0;
}

static int validate_capabilities(const struct json *process, struct cleat_error *err)
{
	static const char *const sets[] = { "bounding", "effective", "inheritable", "permitted",
					    "ambient" };
	const struct json *capabilities = NULL;

	if (json_get_node(process, "capabilities", JSON_OBJECT, &capabilities, err) < 0)
		return -err->errnum;
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		if (validate_strings(capabilities, sets[i], err) < 0)
			return cleat_wrap(err, "capabilities");
	return 0;
}

static int validate_rlimit(const struct json *limit, struct cleat_error *err)
{
	const char *type = NULL;
	uint64_t soft = 0;
	uint64_t hard = 0;

	if (json_get_text(limit, "type", &type, err) < 0 ||
	    json_get_u64(limit, "soft", &soft, err) < 0 ||
	    json_get_u64(limit, "hard", &hard, err) < 0)
		return -err->errnum;
	if (!type || !rlimit_name(type) || !text_eq(type, rlimit_name(type)))
		return cleat_fail(err, EINVAL, "type '%.40s' is unknown", type ? type : "");
	if (soft > hard)
		return cleat_fail(err, EINVAL, "soft must not be above hard");
	return 0;
}

static int validate_rlimits(const struct json *process, struct cleat_error *err)
{
	const struct json *limits = NULL;

	if (json_get_node(process, "rlimits", JSON_ARRAY, &limits, err) < 0)
		return -err->errnum;
	for (size_t i = 0; i < json_len(limits); i++) {
		const struct json *limit = json_at(limits, i);

		if (validate_rlimit(limit, err) < 0)
			return cleat_wrap(err, "rlimits[%zu]", i);
		for (size_t j = 0; j < i; j++)
			if (text_eq(json_text(json_get(limit, "type")),
				    json_text(json_get(json_at(limits, j), "type"))))
				return cleat_fail(err, EINVAL, "rlimits[%zu].type is there twice",
						  i);
	}
	return 0;
}

int validate_process(const struct json *process, struct cleat_error *err)
{
	bool ignored = false;
	int64_t number = 0;

	if (validate_args(process, err) < 0 || validate_strings(process, "env", err) < 0 ||
	    validate_path(process, "cwd", true, err) < 0 || validate_user(process, err) < 0 ||
	    validate_capabilities(process, err) < 0 || validate_rlimits(process, err) < 0 ||
	    json_get_bool(process, "terminal", &ignored, err) < 0 ||
	    json_get_bool(process, "noNewPrivileges", &ignored, err) < 0 ||
	    json_get_i64(process, "oomScoreAdj", &number, err) < 0)
		return cleat_wrap(err, "process");
	if (number < -1000 || number > 1000)
		return cleat_fail(err, EINVAL, "process: oomScoreAdj must be -1000 to 1000");
	return 0;
}
