/* SPDX-License-Identifier: Apache-2.0 */
/* process.c - the member "process" of a new container. */
#include "draft.h"

#include "base/text.h"
#include "capabilities.h"
#include "environment.h"
#include "user.h"

#include <cleat/cleanup.h>

static const char default_path[] =
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static int write_args(struct draft *draft, struct cleat_error *err)
{
	const char *const *args = draft->options->args;

	if (!args || !*args)
		return cleat_fail(err, EINVAL, "cannot make a container: no command was given");
	if (!**args)
		return cleat_fail(err, EINVAL, "cannot make a container: the command is empty");
	json_out_key(draft->out, "args");
	json_out_array(draft->out);
	if (draft->options->init) {
		json_out_text(draft->out, SPEC_INIT_TARGET);
		json_out_text(draft->out, "--");
	}
	for (; *args; args++)
		json_out_text(draft->out, *args);
	json_out_array_end(draft->out);
	return 0;
}

static int add_hostname(struct strings *env, const char *hostname, struct cleat_error *err)
{
	_cleanup_free_ char *assignment = NULL;

	if (!hostname || !*hostname)
		return 0;
	assignment = text_format("HOSTNAME=%s", hostname);
	if (!assignment)
		return cleat_fail(err, ENOMEM, "out of memory");
	return environment_default(env, assignment, err);
}

static int write_env(struct draft *draft, struct cleat_error *err)
{
	_cleanup_strings_ struct strings env = { 0 };

	if (environment_add(&env, draft->options->env, err) < 0 ||
	    environment_default(&env, default_path, err) < 0 ||
	    add_hostname(&env, draft->options->hostname, err) < 0)
		return -err->errnum;
	if (draft->options->terminal && environment_default(&env, "TERM=xterm", err) < 0)
		return -err->errnum;
	json_out_pair_texts(draft->out, "env", (const char *const *)env.item);
	return 0;
}

static int write_cwd(struct draft *draft, struct cleat_error *err)
{
	const char *cwd = draft->options->cwd;

	if (cwd && *cwd && *cwd != '/')
		return cleat_fail(err, EINVAL,
				  "cannot use working directory '%s': it must be an absolute path",
				  cwd);
	json_out_pair_text(draft->out, "cwd", cwd && *cwd ? cwd : "/");
	return 0;
}

static void write_terminal(struct draft *draft)
{
	const struct spec_options *options = draft->options;

	json_out_pair_bool(draft->out, "terminal", options->terminal);
	if (!options->terminal || !options->rows || !options->columns)
		return;
	json_out_key(draft->out, "consoleSize");
	json_out_object(draft->out);
	json_out_pair_u64(draft->out, "height", options->rows);
	json_out_pair_u64(draft->out, "width", options->columns);
	json_out_object_end(draft->out);
}

int draft_process(struct draft *draft, struct cleat_error *err)
{
	const struct spec_options *options = draft->options;
	struct spec_user user = { 0 };

	json_out_key(draft->out, "process");
	json_out_object(draft->out);
	write_terminal(draft);
	if (user_parse(options->user, &user, err) < 0 ||
	    user_write(draft->out, &user, options->groups, err) < 0 || write_args(draft, err) < 0 ||
	    write_env(draft, err) < 0 || write_cwd(draft, err) < 0)
		return -err->errnum;
	capabilities_write(draft->out, draft->capabilities, user_may_be_root(&user));
	if (draft_rlimits(draft, err) < 0)
		return -err->errnum;
	json_out_pair_bool(draft->out, "noNewPrivileges", options->no_new_privileges);
	if (options->apparmor && *options->apparmor)
		json_out_pair_text(draft->out, "apparmorProfile", options->apparmor);
	if (options->selinux && *options->selinux)
		json_out_pair_text(draft->out, "selinuxLabel", options->selinux);
	if (options->oom_score_adj_set)
		json_out_pair_i64(draft->out, "oomScoreAdj", options->oom_score_adj);
	json_out_object_end(draft->out);
	return 0;
}
