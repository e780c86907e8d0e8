/* SPDX-License-Identifier: Apache-2.0 */
/* exec.c - the `process` of a further program in a running container. */
#include "draft.h"

#include "base/text.h"
#include "capabilities.h"
#include "environment.h"
#include "user.h"

#include <cleat/cleanup.h>

#include <string.h>

static int write_env(struct json_out *out, const struct json *base, const struct spec_exec *exec,
		     struct cleat_error *err)
{
	const struct json *inherited = json_get(base, "env");
	_cleanup_strings_ struct strings env = { 0 };

	for (size_t i = 0; i < json_len(inherited); i++) {
		const char *entry = json_text(json_at(inherited, i));

		if (entry && strings_set_env(&env, entry) < 0)
			return cleat_fail(err, ENOMEM, "out of memory");
	}
	if (environment_add(&env, exec->env, err) < 0)
		return -err->errnum;
	if (exec->terminal && environment_default(&env, "TERM=xterm", err) < 0)
		return -err->errnum;
	json_out_pair_texts(out, "env", (const char *const *)env.item);
	return 0;
}

/* Without a user of its own it runs as the container's, groups included. */
static int write_user(struct json_out *out, const struct json *base, const struct spec_exec *exec,
		      bool *out_root, struct cleat_error *err)
{
	const struct json *inherited = json_get(base, "user");
	struct spec_user user = { 0 };

	if (!exec->user && inherited) {
		if (json_get_u32(inherited, "uid", &user.uid, err) < 0 ||
		    json_get_text(inherited, "username", &user.name, err) < 0)
			return cleat_wrap(err, "process.user");
		*out_root = user_may_be_root(&user);
		json_out_key(out, "user");
		json_out_value(out, inherited);
		return 0;
	}
	if (user_parse(exec->user, &user, err) < 0)
		return -err->errnum;
	*out_root = user_may_be_root(&user);
	return user_write(out, &user, NULL, err);
}

/* What bounds the container bounds whatever enters it (CVE-2025-27612). */
static int bounding_of(const struct json *base, uint64_t *out, struct cleat_error *err)
{
	const struct json *set = json_path(base, "capabilities.bounding");

	*out = 0;
	for (size_t i = 0; i < json_len(set); i++) {
		const char *name = json_text(json_at(set, i));
		unsigned number = 0;

		if (!name)
			return cleat_fail(err, EINVAL,
					  "process.capabilities.bounding[%zu] must be a string", i);
		if (capability_parse(name, &number, err) == 0)
			*out |= 1ull << number;
	}
	err->errnum = 0; /* a name that we do not know is not passed on */
	return 0;
}

static int write_cwd(struct json_out *out, const struct json *base, const struct spec_exec *exec,
		     struct cleat_error *err)
{
	const char *cwd = exec->cwd && *exec->cwd ? exec->cwd : json_text(json_get(base, "cwd"));

	if (!cwd)
		cwd = "/";
	if (*cwd != '/')
		return cleat_fail(err, EINVAL,
				  "cannot use working directory '%s': it must be an absolute path",
				  cwd);
	json_out_pair_text(out, "cwd", cwd);
	return 0;
}

static void write_terminal(struct json_out *out, const struct spec_exec *exec)
{
	json_out_pair_bool(out, "terminal", exec->terminal);
	if (!exec->terminal || !exec->rows || !exec->columns)
		return;
	json_out_key(out, "consoleSize");
	json_out_object(out);
	json_out_pair_u64(out, "height", exec->rows);
	json_out_pair_u64(out, "width", exec->columns);
	json_out_object_end(out);
}

static void copy_rest(struct json_out *out, const struct json *base)
{
	static const char *const members[] = {
		"rlimits",     "noNewPrivileges", "apparmorProfile", "selinuxLabel",
		"oomScoreAdj", "scheduler",       "ioPriority",      "execCPUAffinity",
	};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const struct json *v = json_get(base, members[i]);

		if (!v)
			continue;
		json_out_key(out, members[i]);
		json_out_value(out, v);
	}
}

static int write_process(struct json_out *out, const struct json *base,
			 const struct spec_exec *exec, struct cleat_error *err)
{
	uint64_t mask = 0;
	bool root = false;

	if (!exec->args || !exec->args[0] || !*exec->args[0])
		return cleat_fail(err, EINVAL, "cannot exec: no command was given");
	json_out_object(out);
	write_terminal(out, exec);
	if (write_user(out, base, exec, &root, err) < 0)
		return -err->errnum;
	json_out_pair_texts(out, "args", exec->args);
	if (write_env(out, base, exec, err) < 0 || write_cwd(out, base, exec, err) < 0 ||
	    bounding_of(base, &mask, err) < 0)
		return -err->errnum;
	capabilities_write(out, exec->privileged ? capabilities_all(true) : mask, root);
	copy_rest(out, base);
	json_out_object_end(out);
	return 0;
}

int spec_exec_process(const char *config, const struct spec_exec *exec, char **out_json,
		      struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	_cleanup_json_out_ struct json_out *out = json_out_new(false);

	if (!out)
		return cleat_fail(err, ENOMEM, "out of memory");
	if (json_parse(config, strlen(config), &doc, err) < 0)
		return cleat_wrap(err, "cannot read config.json");
	if (write_process(out, json_get(json_root(doc), "process"), exec, err) < 0)
		return -err->errnum;
	char *json = json_out_take(out);

	if (!json)
		return cleat_fail(err, ENOMEM, "cannot write the process: out of memory");
	*out_json = json;
	return 0;
}
