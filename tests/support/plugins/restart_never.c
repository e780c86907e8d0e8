/* SPDX-License-Identifier: Apache-2.0 */
/* restart_never.c - restart/never: whatever the policy says, it stays where it is. */
#include <cleat/plugin.h>
#include <cleat/restart.h>

#include <stdio.h>

static int should_restart(void *self, const struct cleat_policy *policy,
			  const struct cleat_exit *exit, struct cleat_decision *out,
			  struct cleat_error *err)
{
	(void)self;
	(void)exit;
	(void)err;
	out->restart = false;
	(void)snprintf(out->reason, sizeof(out->reason), "never, whatever '%s' says", policy->name);
	return 0;
}

static const struct cleat_restart_ops ops = { .size = sizeof(ops),
					      .should_restart = should_restart };

CLEAT_PLUGIN(.type = "restart", .name = "never", .version = "1.0.0",
	     .summary = "Never restarts anything (a test plugin)", .license = "Apache-2.0",
	     .ops = &ops);
