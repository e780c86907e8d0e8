/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decide.c - does it come back, and when: a table of policies by causes, and a back-off.
 *
 * With no setting touched this is docker's behaviour: 100 ms doubled up to a minute, counted anew
 * after a run of 10 s. Two exits of a policy are written as sets of causes, one for the moment when
 * the container has just ended and one for the moment when the daemon comes up.
 */
#include "decide.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CAUSE(name) (1u << CLEAT_CAUSE_##name)

enum {
	ANY = (1u << 31) - 1,
	/* the program got what it wanted */
	GOOD = CAUSE(CLEAN) | CAUSE(POWEROFF),
	/* something went wrong with it or under it */
	BAD = CAUSE(FAILURE) | CAUSE(SIGNAL) | CAUSE(CORE) | CAUSE(OOM) | CAUSE(UNHEALTHY) |
	      CAUSE(REBOOT) | CAUSE(START_FAILED) | CAUSE(LOST) | CAUSE(HOST_REBOOT),
	ABNORMAL = CAUSE(SIGNAL) | CAUSE(CORE) | CAUSE(OOM) | CAUSE(UNHEALTHY) | CAUSE(LOST) |
		   CAUSE(HOST_REBOOT),
	ABORT = CAUSE(SIGNAL) | CAUSE(CORE) | CAUSE(OOM),
};

static const struct rule {
	const char *name;
	uint32_t on_exit;         /* causes after which it comes back at once */
	uint32_t on_daemon_start; /* causes after which it comes back with the daemon */
	bool despite_stop;        /* the daemon brings it back although a user had stopped it */
	bool counts;              /* takes :N */
} rules[] = {
	{ "no", 0, 0, false, false },
	{ "never", 0, 0, false, false },
	{ "always", ANY, ANY, true, false },
	{ "unless-stopped", ANY, ANY, false, false },
	{ "on-failure", BAD, BAD, false, true },
	{ "on-reboot", CAUSE(REBOOT), CAUSE(REBOOT), false, false },
	{ "on-success", GOOD, 0, false, false },
	{ "on-abnormal", ABNORMAL, ABNORMAL, false, true },
	{ "on-abort", ABORT, 0, false, true },
};

static const struct rule *find(const char *name)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (strcmp(rules[i].name, name) == 0)
			return &rules[i];
	return NULL;
}

int restart_check(const struct cleat_policy *policy, struct cleat_error *err)
{
	const struct rule *rule = find(policy->name);

	if (!rule && policy->name[0] == '\0' && policy->max_retries)
		return cleat_fail(err, EINVAL,
				  "invalid restart policy: maximum retry count cannot be used with "
				  "empty restart policy");
	if (!rule)
		return cleat_fail(err, EINVAL, "invalid restart policy '%s'", policy->name);
	if (policy->max_retries && !rule->counts)
		return cleat_fail(
			err, EINVAL,
			"invalid restart policy: maximum retry count can only be used with "
			"'on-failure'");
	if (policy->max_retries > INT32_MAX)
		return cleat_fail(
			err, EINVAL,
			"invalid restart policy: maximum retry count %u is larger than %d",
			policy->max_retries, INT32_MAX);
	return 0;
}

static const char *cause_name(uint32_t cause)
{
	static const char *const names[] = {
		[CLEAT_CAUSE_NONE] = "unknown end",
		[CLEAT_CAUSE_CLEAN] = "clean exit",
		[CLEAT_CAUSE_FAILURE] = "failure",
		[CLEAT_CAUSE_SIGNAL] = "signal",
		[CLEAT_CAUSE_CORE] = "core dump",
		[CLEAT_CAUSE_OOM] = "out of memory",
		[CLEAT_CAUSE_MANUAL] = "stopped by user",
		[CLEAT_CAUSE_UNHEALTHY] = "unhealthy",
		[CLEAT_CAUSE_REBOOT] = "reboot",
		[CLEAT_CAUSE_POWEROFF] = "power off",
		[CLEAT_CAUSE_START_FAILED] = "start failed",
		[CLEAT_CAUSE_LOST] = "exit status lost",
		[CLEAT_CAUSE_HOST_REBOOT] = "host rebooted",
	};

	return cause < sizeof(names) / sizeof(*names) ? names[cause] : "unknown end";
}

/* The nth delay, n from 0: initial * multiplier^n, never above the ceiling. */
static uint64_t back_off(const struct restart_settings *settings, uint32_t n)
{
	uint64_t delay = settings->delay_initial_ns;
	uint64_t percent = (uint64_t)settings->multiplier_percent;

	/* percent is at most 1000 and the ceiling a day: no overflow before the loop ends */
	for (; n > 0 && delay < settings->delay_max_ns && percent > 100; n--)
		delay = delay / 100 * percent + delay % 100 * percent / 100;
	return delay < settings->delay_max_ns ? delay : settings->delay_max_ns;
}

static int say(struct cleat_decision *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Always 0: a decision against a restart is no failure. */
static int say(struct cleat_decision *out, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(out->reason, sizeof(out->reason), fmt, args);
	va_end(args);
	return 0;
}

/* A user's stop beats every policy, except that `always` comes back with the daemon, as docker's. */
static bool is_stopped(const struct rule *rule, const struct cleat_exit *exit)
{
	bool by_user = exit->stopped_by_user || exit->cause == CLEAT_CAUSE_MANUAL;

	return by_user && !(exit->daemon_start && rule->despite_stop);
}

static bool wants(const struct restart_settings *settings, const struct rule *rule,
		  const struct cleat_exit *exit)
{
	uint32_t causes = exit->daemon_start ? rule->on_daemon_start : rule->on_exit;
	uint32_t cause = exit->cause < 31 ? exit->cause : CLEAT_CAUSE_NONE;

	if (cause == CLEAT_CAUSE_HOST_REBOOT && settings->on_reboot_includes_host &&
	    strcmp(rule->name, "on-reboot") == 0)
		return true;
	return causes & (1u << cause);
}

int restart_decide(const struct restart_settings *settings, const struct cleat_policy *policy,
		   const struct cleat_exit *exit, struct cleat_decision *out,
		   struct cleat_error *err)
{
	const struct rule *rule = find(policy->name);
	uint32_t failures = exit->failures;
	const char *cause = cause_name(exit->cause);

	if (!rule)
		return cleat_fail(err, EINVAL, "invalid restart policy '%s'", policy->name);
	out->restart = false;
	if (exit->ran_ns >= settings->reset_after_ns) {
		out->reset_failures = true;
		failures = 0;
	}
	if (is_stopped(rule, exit))
		return say(out, "stopped by user");
	if (!wants(settings, rule, exit))
		return say(out, "policy %s: not after %s", policy->name, cause);
	if (policy->max_retries && exit->restarts >= policy->max_retries)
		return say(out, "policy %s: gave up after %u restarts", policy->name,
			   exit->restarts);
	out->restart = true;
	out->delay_ns = back_off(settings, failures);
	return say(out, "policy %s: again after %s", policy->name, cause);
}
