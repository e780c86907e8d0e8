/* SPDX-License-Identifier: Apache-2.0 */
/* decide.h - the standard policies as a pure function. */
#ifndef PLUGIN_RESTART_DECIDE_H
#define PLUGIN_RESTART_DECIDE_H

#include <cleat/restart.h>

/** The section [restart/standard]. */
struct restart_settings {
	uint64_t delay_initial_ns, delay_max_ns, reset_after_ns;
	int64_t multiplier_percent;
	bool on_reboot_includes_host;
};

/** EINVAL for a name that is not known and for retries where they mean nothing. */
int restart_check(const struct cleat_policy *policy, struct cleat_error *err);
/** See should_restart in <cleat/restart.h>. */
int restart_decide(const struct restart_settings *settings, const struct cleat_policy *policy,
		   const struct cleat_exit *exit, struct cleat_decision *out,
		   struct cleat_error *err);

#endif
