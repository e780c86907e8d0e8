/* SPDX-License-Identifier: Apache-2.0 */
/* wrong_restart.c - a restart plugin with one fault that the conformance kit must find. See wrong_io.c. */
#include <cleat/plugin.h>
#include <cleat/restart.h>

#include <errno.h>
#include <string.h>

enum wrong { waits_for_ages, unended_reason, keeps_memory, refuses_silently, managers_for_ever };

static int should_restart(void *self, const struct cleat_policy *policy,
			  const struct cleat_exit *exit, struct cleat_decision *out,
			  struct cleat_error *err)
{
	const struct cleat_host *host = self;

	(void)policy, (void)exit, (void)err;
	if (WRONG == waits_for_ages)
		out->delay_ns = UINT64_MAX;
	if (WRONG == unended_reason)
		memset(out->reason, 'x', sizeof(out->reason));
	if (WRONG == keeps_memory)
		(void)!host->alloc(host, 1);
	return 0;
}

static int check(void *self, const struct cleat_policy *policy, struct cleat_error *err)
{
	(void)self, (void)policy, (void)err;
	return WRONG == refuses_silently ? -EINVAL : 0;
}

#define MANAGERS (WRONG == managers_for_ever)

static int manager_new(void *self, const struct cleat_policy *policy, uint32_t failures,
		       struct cleat_restart_manager **out, struct cleat_error *err)
{
	(void)self, (void)policy, (void)failures, (void)out;
	return cleat_fail(err, ENOTSUP, "no managers");
}

static int init(const struct cleat_host *host, const void *settings, void **out_self,
		struct cleat_error *err)
{
	(void)settings;
	(void)err;
	*out_self = (void *)(uintptr_t)host;
	return 0;
}

static const struct cleat_restart_ops ops = {
	.size = sizeof(ops),
	.should_restart = should_restart,
	.check = check,
	.manager_new = MANAGERS ? manager_new : NULL,
};

CLEAT_PLUGIN(.type = "restart", .name = "wrong", .version = "1.0.0",
	     .summary = "Has one fault (a test plugin)", .license = "Apache-2.0", .ops = &ops,
	     .init = init);
