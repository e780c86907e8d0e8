/* SPDX-License-Identifier: Apache-2.0 */
/* plugin.c - restart/standard: settings, and the table around decide.c. */
#include "decide.h"

#include <cleat/plugin.h>

static const struct cleat_key keys[] = {
	CLEAT_KEY(struct restart_settings, delay_initial_ns, "delay-initial", "100ms", "0..1h",
		  "How long to wait before the first restart."),
	CLEAT_KEY(
		struct restart_settings, multiplier_percent, "multiplier-percent", "200",
		"100..1000",
		"Each further restart waits so much longer than the one before; 100 keeps the delay "
		"as it is."),
	CLEAT_KEY(struct restart_settings, delay_max_ns, "delay-max", "1m", "0..1d",
		  "No delay is longer."),
	CLEAT_KEY(struct restart_settings, reset_after_ns, "reset-after", "10s", "0..1d",
		  "A run of this length was good: the delay begins at delay-initial again."),
	CLEAT_KEY(
		struct restart_settings, on_reboot_includes_host, "on-reboot-includes-host", "no",
		NULL,
		"Does policy on-reboot also restart a container that a reboot of the host ended?"),
};

/* The settings are the instance: nothing else is remembered, the decision is pure. */
static int init(const struct cleat_host *host, const void *settings, void **out_self,
		struct cleat_error *err)
{
	(void)host;
	(void)err;
	*out_self = (void *)(uintptr_t)settings;
	return 0;
}

static int should_restart(void *self, const struct cleat_policy *policy,
			  const struct cleat_exit *exit, struct cleat_decision *out,
			  struct cleat_error *err)
{
	return restart_decide(self, policy, exit, out, err);
}

static int check(void *self, const struct cleat_policy *policy, struct cleat_error *err)
{
	(void)self;
	return restart_check(policy, err);
}

static const struct cleat_restart_ops ops = {
	.size = sizeof(ops),
	.should_restart = should_restart,
	.check = check,
};

CLEAT_PLUGIN(.type = "restart", .name = "standard", .version = "1.0.0",
	     .summary = "Restart policies of docker, iSulad and systemd", .license = "Apache-2.0",
	     .keys = keys, .nkeys = sizeof(keys) / sizeof(*keys),
	     .settings_size = sizeof(struct restart_settings), .ops = &ops, .init = init);
