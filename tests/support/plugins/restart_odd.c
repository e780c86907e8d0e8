/* SPDX-License-Identifier: Apache-2.0 */
/* restart_odd.c - restart/odd: answers nonsense, each policy in its own way, and has managers that refuse to work. */
#include <cleat/plugin.h>
#include <cleat/restart.h>

#include <errno.h>
#include <string.h>

struct cleat_restart_manager {
	int unused;
};

static int should_restart(void *self, const struct cleat_policy *policy,
			  const struct cleat_exit *exit, struct cleat_decision *out,
			  struct cleat_error *err)
{
	(void)self;
	(void)exit;
	(void)err;
	out->restart = true;
	if (strcmp(policy->name, "mute") == 0)
		return -EPROTO;
	if (strcmp(policy->name, "late") == 0)
		out->delay_ns = UINT64_MAX;
	if (strcmp(policy->name, "grown") == 0)
		out->size++;
	memset(out->reason, 0xff, sizeof(out->reason)); /* no UTF-8, and no end */
	return 0;
}

static int manager_new(void *self, const struct cleat_policy *policy, uint32_t failures,
		       struct cleat_restart_manager **out, struct cleat_error *err)
{
	static struct cleat_restart_manager one;

	(void)self;
	(void)failures;
	(void)err;
	*out = strcmp(policy->name, "still") == 0 ? &one : NULL;
	return *out ? 0 : -EPROTO;
}

static void nothing(struct cleat_restart_manager *manager)
{
	(void)manager;
}

static int set_policy(struct cleat_restart_manager *manager, const struct cleat_policy *policy,
		      struct cleat_error *err)
{
	(void)manager;
	(void)policy;
	(void)err;
	return -EPROTO;
}

static int cancel(struct cleat_restart_manager *manager)
{
	(void)manager;
	return -EPROTO;
}

static int wait_cancel(struct cleat_restart_manager *manager, uint64_t delay_ns,
		       void (*done)(void *arg, bool cancelled), void *arg, struct cleat_error *err)
{
	(void)manager;
	(void)delay_ns;
	(void)done;
	(void)arg;
	(void)err;
	return -EPROTO;
}

static const struct cleat_restart_ops ops = {
	.size = sizeof(ops),
	.should_restart = should_restart,
	.manager_new = manager_new,
	.manager_ref = nothing,
	.manager_unref = nothing,
	.manager_free = nothing,
	.manager_set_policy = set_policy,
	.manager_cancel = cancel,
	.manager_wait_cancel = wait_cancel,
};

CLEAT_PLUGIN(.type = "restart", .name = "odd", .version = "1.0.0",
	     .summary = "Answers nonsense (a test plugin)", .license = "Apache-2.0", .ops = &ops);
