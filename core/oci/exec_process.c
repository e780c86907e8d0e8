/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_process.c - the process object of `exec`.
 *
 * With flags, the container's own process is the base, so that limits, labels and groups stay the
 * container's; a capability asked for never becomes inheritable (CVE-2022-29162).
 */
#include "exec_process.h"

#include "base/fd.h"
#include "base/json_out.h"
#include "spec/capabilities.h"
#include "spec/environment.h"
#include "spec/user.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MAX_PROCESS = 16 << 20 };

int exec_process_read(const struct arguments *arguments, char **out_json, bool *out_terminal,
		      struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r = 0;

	if (text_eq(arguments->process, "-"))
		r = fd_read_all(STDIN_FILENO, MAX_PROCESS, &text, &len, "standard input", err);
	else
		r = fd_read_file(AT_FDCWD, arguments->process, MAX_PROCESS, &text, &len, err);
	if (r < 0)
		return r;
	if (json_parse(text, len, &doc, err) < 0)
		return cleat_wrap(err, "cannot read process '%s'", arguments->process);
	if (json_type(json_root(doc)) != JSON_OBJECT)
		return cleat_fail(err, EINVAL, "process '%s' must be an object",
				  arguments->process);
	*out_terminal = json_is_true(json_get(json_root(doc), "terminal"));
	*out_json = take_ptr(text);
	return 0;
}

static int write_env(struct json_out *out, const struct arguments *arguments,
		     const struct json *base, struct cleat_error *err)
{
	const struct json *inherited = json_get(base, "env");
	_cleanup_strings_ struct strings env = { 0 };

	for (size_t i = 0; i < json_len(inherited); i++) {
		const char *entry = json_text(json_at(inherited, i));

		if (entry && strings_set_env(&env, entry) < 0)
			return cleat_fail(err, ENOMEM, "out of memory");
	}
	if (environment_add(&env, (const char *const *)arguments->env.item, err) < 0)
		return -err->errnum;
	json_out_pair_texts(out, "env", (const char *const *)env.item);
	return 0;
}

static int write_groups(struct json_out *out, const struct arguments *arguments,
			const struct json *inherited, struct cleat_error *err)
{
	json_out_key(out, "additionalGids");
	json_out_array(out);
	for (size_t i = 0; i < json_len(inherited); i++)
		json_out_value(out, json_at(inherited, i));
	for (size_t i = 0; i < arguments->groups.n; i++) {
		uint32_t gid = 0;

		if (text_to_u32(arguments->groups.item[i], &gid) < 0 || gid == UINT32_MAX)
			return cleat_fail(err, EINVAL,
					  "cannot add group '%.64s': it must be a number",
					  arguments->groups.item[i]);
		json_out_u64(out, gid);
	}
	json_out_array_end(out);
	return 0;
}

/* A user without a group keeps the container's group, as runc does. */
static int write_user(struct json_out *out, const struct arguments *arguments,
		      const struct json *base, struct cleat_error *err)
{
	const struct json *inherited = json_get(base, "user");
	struct spec_user user = { 0 };
	uint32_t gid = 0;

	if (json_get_u32(inherited, "uid", &user.uid, err) < 0 ||
	    json_get_u32(inherited, "gid", &gid, err) < 0 ||
	    json_get_text(inherited, "username", &user.name, err) < 0)
		return -err->errnum;
	user.gid = gid;
	if (arguments->user) {
		if (user_parse(arguments->user, &user, err) < 0)
			return -err->errnum;
		if (!strchr(arguments->user, ':') && !user.name)
			user.gid = gid;
	}
	json_out_key(out, "user");
	json_out_object(out);
	json_out_pair_u64(out, "uid", user.uid);
	json_out_pair_u64(out, "gid", user.gid);
	if (json_get(inherited, "umask")) {
		json_out_key(out, "umask");
		json_out_value(out, json_get(inherited, "umask"));
	}
	if (user.name)
		json_out_pair_text(out, "username", user.name);
	if (write_groups(out, arguments, json_get(inherited, "additionalGids"), err) < 0)
		return -err->errnum;
	json_out_object_end(out);
	return 0;
}

static int write_capability_set(struct json_out *out, const struct arguments *arguments,
				const struct json *set, bool extend, struct cleat_error *err)
{
	json_out_array(out);
	for (size_t i = 0; i < json_len(set); i++)
		json_out_value(out, json_at(set, i));
	for (size_t i = 0; extend && i < arguments->capabilities.n; i++) {
		const char *name = arguments->capabilities.item[i];
		unsigned ignored = 0;
		char full[64];

		if (capability_parse(name, &ignored, err) < 0)
			return -err->errnum;
		(void)snprintf(full, sizeof(full), "%s%s",
			       strncasecmp(name, "CAP_", 4) == 0 ? "" : "CAP_", name);
		for (char *c = full; *c; c++)
			*c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
		json_out_text(out, full);
	}
	json_out_array_end(out);
	return 0;
}

static int write_capabilities(struct json_out *out, const struct arguments *arguments,
			      const struct json *base, struct cleat_error *err)
{
	static const char *const sets[] = { "bounding", "effective", "permitted", "inheritable",
					    "ambient" };
	const struct json *inherited = json_get(base, "capabilities");

	if (!inherited && arguments->capabilities.n == 0)
		return 0;
	bool ambient = json_len(json_get(inherited, "inheritable")) > 0;

	json_out_key(out, "capabilities");
	json_out_object(out);
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		bool extend = i < 3 || (i == 4 && ambient);

		json_out_key(out, sets[i]);
		if (write_capability_set(out, arguments, json_get(inherited, sets[i]), extend,
					 err) < 0)
			return -err->errnum;
	}
	json_out_object_end(out);
	return 0;
}

/* Members that flags decide; all others are copied. */
static bool is_ours(const struct arguments *arguments, const char *key)
{
	static const char *const ours[] = { "args",     "env",         "user", "capabilities",
					    "terminal", "consoleSize", "cwd",  NULL };

	for (size_t i = 0; ours[i]; i++)
		if (text_eq(key, ours[i]))
			return true;
	return (arguments->no_new_privs && text_eq(key, "noNewPrivileges")) ||
	       (arguments->process_label && text_eq(key, "selinuxLabel")) ||
	       (arguments->apparmor && text_eq(key, "apparmorProfile"));
}

static int write_process(struct json_out *out, const struct arguments *arguments,
			 const struct json *base, struct cleat_error *err)
{
	const char *cwd = arguments->cwd ? arguments->cwd : json_text(json_get(base, "cwd"));

	json_out_object(out);
	for (size_t i = 0; i < json_len(base); i++)
		if (!is_ours(arguments, json_key(base, i))) {
			json_out_key(out, json_key(base, i));
			json_out_value(out, json_at(base, i));
		}
	json_out_pair_bool(out, "terminal", arguments->tty);
	json_out_pair_texts(out, "args", arguments->rest + 1);
	json_out_pair_text(out, "cwd", cwd ? cwd : "/");
	if (write_env(out, arguments, base, err) < 0 || write_user(out, arguments, base, err) < 0 ||
	    write_capabilities(out, arguments, base, err) < 0)
		return -err->errnum;
	if (arguments->no_new_privs)
		json_out_pair_bool(out, "noNewPrivileges", true);
	if (arguments->process_label)
		json_out_pair_text(out, "selinuxLabel", arguments->process_label);
	if (arguments->apparmor)
		json_out_pair_text(out, "apparmorProfile", arguments->apparmor);
	json_out_object_end(out);
	return 0;
}

int exec_process_make(const struct arguments *arguments, const struct json *config, char **out_json,
		      struct cleat_error *err)
{
	_cleanup_json_out_ struct json_out *out = json_out_new(false);

	if (!out)
		return cleat_fail(err, ENOMEM, "out of memory");
	if (arguments->nrest < 2)
		return cleat_fail(err, EINVAL, "cannot exec: give a command or --process");
	if (write_process(out, arguments, json_get(config, "process"), err) < 0)
		return -err->errnum;
	*out_json = json_out_take(out);
	return *out_json ? 0 : cleat_fail(err, ENOMEM, "out of memory");
}
