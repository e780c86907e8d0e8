/* SPDX-License-Identifier: Apache-2.0 */
/* use_restart.c - ask a restart plugin. */
#include "use.h"

#include "answer.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

static const struct cleat_restart_ops *table(const struct plugin *plugin)
{
	return plugin->desc.ops;
}

int use_restart_parse(const struct plugin *plugin, const char *text, char name[32],
		      struct cleat_policy *out, struct cleat_error *err)
{
	size_t len = strcspn(text, ":");
	uint32_t retries = 0;

	if (len >= 32)
		return cleat_fail(err, EINVAL, "invalid restart policy '%s'", text);
	if (text[len] == ':' && text_to_u32(text + len + 1, &retries) < 0)
		return cleat_fail(err, EINVAL,
				  "invalid restart policy '%s': maximum retry count must be an "
				  "integer",
				  text);
	memcpy(name, text, len);
	name[len] = '\0';
	struct cleat_policy policy = { .size = sizeof(policy),
				       .max_retries = retries,
				       .name = name };
	int r = 0;

	if (table(plugin)->check)
		r = answer(plugin, "check", table(plugin)->check(plugin->self, &policy, err), err);
	if (r == 0)
		*out = policy;
	return r;
}

int use_restart_decide(const struct plugin *plugin, const struct cleat_policy *policy,
		       const struct cleat_exit *exit, struct cleat_decision *out,
		       struct cleat_error *err)
{
	*out = (struct cleat_decision){ .size = sizeof(*out) };
	int r = answer(plugin, "should_restart",
		       table(plugin)->should_restart(plugin->self, policy, exit, out, err), err);

	if (r < 0)
		return r;
	out->reason[sizeof(out->reason) - 1] = '\0';
	return answer_size(plugin, "should_restart", out->size, sizeof(*out), err);
}
