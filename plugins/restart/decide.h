/* SPDX-License-Identifier: Apache-2.0 */
/* decide.h - the standard policies as a pure function, and the parts that it is made of. */
#ifndef PLUGIN_RESTART_DECIDE_H
#define PLUGIN_RESTART_DECIDE_H

#include <cleat/restart.h>
#include <cleat/settings.h>

enum restart_profile {
	PROFILE_CLEAT,
	PROFILE_DOCKER,
	PROFILE_ISULAD,
	PROFILE_KUBELET,
	PROFILE_SYSTEMD,
	PROFILE_CONTAINERD,
	PROFILE_PODMAN,
	PROFILES
};
enum restart_choice { CHOICE_PROFILE, CHOICE_NO, CHOICE_YES };
enum restart_budget { BUDGET_SINCE_START, BUDGET_STREAK };
enum restart_resurrects { RESURRECTS_DAEMON, RESURRECTS_BOOT, RESURRECTS_NEVER };

/** The section [restart/standard]. What a profile may set is CLEAT_UNSET_... until profile.c was asked. */
struct restart_settings {
	uint32_t profile;
	uint64_t delay_initial_ns, delay_max_ns, reset_after_ns;
	int64_t multiplier_percent, steps, jitter_percent;
	uint32_t first_immediate, compat_129; /* enum restart_choice */
	int64_t start_limit_burst;
	uint64_t start_limit_interval_ns;
	int64_t max_retries, start_error_retries;
	uint32_t budget_scope, always_resurrects;
	uint64_t min_uptime_ns;
	const char *prevent_exit, *force_exit, *success_exit;
	bool systemd_clean_signals, on_failure_after_host_reboot, on_reboot_includes_host;
};

/** EINVAL for a name that is not known and for retries where they mean nothing. */
int restart_check(const struct cleat_policy *policy, struct cleat_error *err);
/** See should_restart in <cleat/restart.h>. */
int restart_decide(const struct restart_settings *settings, const struct cleat_policy *policy,
		   const struct cleat_exit *exit, struct cleat_decision *out,
		   struct cleat_error *err);

/** profile.c: a copy in which everything is set: by the user, else by the profile. */
struct restart_settings profile_resolve(const struct restart_settings *settings);

/** delay.c: the wait before restart number @level (from 0), of resolved settings. */
uint64_t delay_nominal(const struct restart_settings *settings, uint32_t level);
/** The same with jitter: never earlier, and less than jitter-percent later. */
uint64_t delay_jittered(const struct restart_settings *settings, uint64_t nominal, uint32_t random);

/** exits.c: is the end in a list like "2,78,SIGTERM"? */
bool exits_match(const char *list, const struct cleat_exit *exit);
/** EINVAL, and @key in the sentence, for a word that is neither code nor signal. */
int exits_check(const char *key, const char *list, struct cleat_error *err);

#endif
