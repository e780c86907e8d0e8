/* SPDX-License-Identifier: Apache-2.0 */
/* plugin.c - restart/standard: settings, and the table around decide.c. */
#include "decide.h"

#include <cleat/plugin.h>

#include <string.h>

#define KEY(field, name, fallback, limits, doc) \
	CLEAT_KEY(struct restart_settings, field, name, fallback, limits, doc)

static const struct cleat_key keys[] = {
	KEY(profile, "profile", "cleat", "cleat|docker|isulad|kubelet|systemd|containerd|podman",
	    "Whose delays and limits: the keys below that are empty or `profile` have that engine's "
	    "values. `cleat`: docker's, with jitter."),
	KEY(delay_initial_ns, "delay-initial", "", "0..1h",
	    "How long to wait before the first restart. Empty: the profile's (cleat: 100ms)."),
	KEY(multiplier_percent, "multiplier-percent", "", "100..1000",
	    "Each further restart waits so much longer than the one before; 100 keeps the delay "
	    "as it is. Empty: the profile's (cleat: 200)."),
	KEY(delay_max_ns, "delay-max", "", "0..1d",
	    "No delay is longer. Empty: the profile's (cleat: 1m)."),
	KEY(steps, "steps", "0", "0..64",
	    "From delay-initial to delay-max in so many steps, in place of multiplier-percent; as "
	    "systemd's RestartSteps. 0: off."),
	KEY(first_immediate, "first-immediate", "profile", "profile|no|yes",
	    "Is the first restart made without any wait?"),
	KEY(jitter_percent, "jitter-percent", "", "0..100",
	    "Each delay is longer by a random part, up to so much; never shorter. Empty: the "
	    "profile's (cleat: 25, the others: 0)."),
	KEY(reset_after_ns, "reset-after", "", "0..1d|never",
	    "A run of this length was good: the delay begins at delay-initial again. Empty: the "
	    "profile's (cleat: 10s)."),
	KEY(max_retries, "max-retries", "0", "0..2147483647",
	    "How often on-failure, on-abnormal, on-abort and on-unhealthy restart when the policy "
	    "says no number (on-failure:3). 0: no limit."),
	KEY(budget_scope, "budget-scope", "since-start", "since-start|streak",
	    "What that number counts: restarts since the start by hand, or failures in a row, "
	    "forgotten after a run of reset-after."),
	KEY(start_limit_burst, "start-limit-burst", "", "0..8",
	    "So many starts within start-limit-interval are the last; `cleat restart-reset` or a "
	    "start by hand begins anew. 0: no limit. Empty: the profile's (cleat: 0)."),
	KEY(start_limit_interval_ns, "start-limit-interval", "10s", "0..1d",
	    "See start-limit-burst."),
	KEY(start_error_retries, "start-error-retries", "3", "0..2147483647",
	    "How often a restart is tried again that failed for a reason which will hardly go away: "
	    "the program is missing, the root filesystem is gone."),
	KEY(min_uptime_ns, "min-uptime", "0", "0..30m",
	    "A container that ran for less is not restarted, as on ECS."),
	KEY(prevent_exit, "prevent-exit", "", NULL,
	    "Exit codes and signals after which no policy restarts: `2,78,SIGTERM`."),
	KEY(force_exit, "force-exit", "", NULL,
	    "Exit codes and signals after which every policy but `no` restarts."),
	KEY(success_exit, "success-exit", "", NULL,
	    "Exit codes and signals that are a success, besides 0."),
	KEY(always_resurrects, "always-resurrects", "daemon", "daemon|boot|never",
	    "When policy always starts a container again that a user has stopped: with the daemon "
	    "(as docker), with the machine, or never."),
	KEY(systemd_clean_signals, "systemd-clean-signals", "no", NULL,
	    "Are HUP, INT, TERM and PIPE a clean end, as for systemd?"),
	KEY(on_failure_after_host_reboot, "on-failure-after-host-reboot", "yes", NULL,
	    "Do on-failure and on-abnormal restart a container that a reboot of the host ended?"),
	KEY(on_reboot_includes_host, "on-reboot-includes-host", "no", NULL,
	    "Does policy on-reboot also restart a container that a reboot of the host ended?"),
	KEY(compat_129, "compat-129", "profile", "profile|no|yes",
	    "Is a plain exit(129) a reboot, as for iSulad?"),
};

static int check_lists(const struct restart_settings *settings, struct cleat_error *err)
{
	int r = exits_check("prevent-exit", settings->prevent_exit, err);

	if (r == 0)
		r = exits_check("force-exit", settings->force_exit, err);
	return r < 0 ? r : exits_check("success-exit", settings->success_exit, err);
}

/* The settings are the instance: nothing else is remembered, the decision is pure. */
static int init(const struct cleat_host *host, const void *settings, void **out_self,
		struct cleat_error *err)
{
	(void)host;
	*out_self = (void *)(uintptr_t)settings;
	return check_lists(settings, err);
}

/* What an older host has not written is zero. */
static const void *settings_of(const struct cleat_policy *policy, void *self)
{
	return policy->size >= sizeof(*policy) && policy->settings ? policy->settings : self;
}

static int should_restart(void *self, const struct cleat_policy *policy,
			  const struct cleat_exit *exit, struct cleat_decision *out,
			  struct cleat_error *err)
{
	struct cleat_exit known = { 0 };
	struct cleat_decision answer = { .size = sizeof(answer) };
	uint32_t size = out->size;

	memset(known.started_ago_ns, 0xff, sizeof(known.started_ago_ns));
	memcpy(&known, exit, exit->size < sizeof(known) ? exit->size : sizeof(known));
	memcpy(&answer, out, size < sizeof(answer) ? size : sizeof(answer));
	int r = restart_decide(settings_of(policy, self), policy, &known, &answer, err);

	memcpy(out, &answer, size < sizeof(answer) ? size : sizeof(answer));
	out->size = size;
	return r;
}

static int check(void *self, const struct cleat_policy *policy, struct cleat_error *err)
{
	int r = restart_check(policy, err);

	return r < 0 ? r : check_lists(settings_of(policy, self), err);
}

static const struct cleat_restart_ops ops = {
	.size = sizeof(ops),
	.should_restart = should_restart,
	.check = check,
};

CLEAT_PLUGIN(.type = "restart", .name = "standard", .version = "1.1.0",
	     .summary = "Restart policies of docker, iSulad and systemd", .license = "Apache-2.0",
	     .keys = keys, .nkeys = sizeof(keys) / sizeof(*keys),
	     .settings_size = sizeof(struct restart_settings), .ops = &ops, .init = init);
