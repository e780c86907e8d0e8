/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decide.c - does it come back, and when: a table of policies by causes, limits, and a back-off.
 *
 * With no setting touched this is docker's behaviour, plus jitter: 100 ms doubled up to a minute,
 * counted anew after a run of 10 s. Two exits of a policy are written as sets of causes, one for the
 * moment when the container has just ended and one for the moment when the daemon comes up.
 */
#include "decide.h"

#include <errno.h>
#include <signal.h>
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
	/* the host's tries to start it are made for a restart that was decided before: the reason for
	   that one has not gone away, so every policy goes on with it */
	AGAIN = CAUSE(START_FAILED),
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
	{ "on-reboot", CAUSE(REBOOT) | AGAIN, CAUSE(REBOOT), false, false },
	{ "on-success", GOOD | AGAIN, 0, false, false },
	{ "on-abnormal", ABNORMAL | AGAIN, ABNORMAL, false, true },
	{ "on-abort", ABORT | AGAIN, 0, false, true },
	{ "on-unhealthy", CAUSE(UNHEALTHY) | AGAIN, 0, false, true },
	{ "on-boot", AGAIN, ANY, false, false },
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

/* ---- what the end was, by the settings -------------------------------------------------------- */
static bool is_polite(int signal)
{
	return signal == SIGHUP || signal == SIGINT || signal == SIGTERM || signal == SIGPIPE;
}

static uint32_t cause_of(const struct restart_settings *s, const struct cleat_exit *exit)
{
	uint32_t cause = exit->cause <= CLEAT_CAUSE_HOST_REBOOT ? exit->cause : CLEAT_CAUSE_NONE;

	if (cause == CLEAT_CAUSE_FAILURE && exit->code == 129 && s->compat_129 == CHOICE_YES)
		return CLEAT_CAUSE_REBOOT;
	if (cause == CLEAT_CAUSE_SIGNAL && s->systemd_clean_signals && is_polite(exit->signal))
		return CLEAT_CAUSE_CLEAN;
	if ((cause == CLEAT_CAUSE_FAILURE || cause == CLEAT_CAUSE_SIGNAL) &&
	    exits_match(s->success_exit, exit))
		return CLEAT_CAUSE_CLEAN;
	return cause;
}

/* Of a process that ran: did it end by its own doing, so that its code and its time mean something? */
static bool ran(uint32_t cause)
{
	return cause != CLEAT_CAUSE_NONE && cause != CLEAT_CAUSE_START_FAILED &&
	       cause != CLEAT_CAUSE_LOST && cause != CLEAT_CAUSE_HOST_REBOOT;
}

/* ---- the parts of the decision ------------------------------------------------------------------ */

/* A user's stop beats every policy, except that `always` comes back with the daemon, as docker's. */
static bool is_stopped(const struct restart_settings *s, const struct rule *rule,
		       const struct cleat_exit *exit)
{
	bool by_user = exit->stopped_by_user || exit->cause == CLEAT_CAUSE_MANUAL;
	bool again = s->always_resurrects == RESURRECTS_DAEMON ||
		     (s->always_resurrects == RESURRECTS_BOOT && exit->new_boot);

	return by_user && !(exit->daemon_start && rule->despite_stop && again);
}

static bool wants(const struct restart_settings *s, const struct rule *rule, uint32_t cause,
		  bool daemon_start)
{
	uint32_t causes = daemon_start ? rule->on_daemon_start : rule->on_exit;

	if (cause == CLEAT_CAUSE_HOST_REBOOT && strcmp(rule->name, "on-reboot") == 0)
		return s->on_reboot_includes_host;
	if (cause == CLEAT_CAUSE_HOST_REBOOT && rule->counts && !s->on_failure_after_host_reboot)
		return false;
	return causes & (1u << cause);
}

/* What the run was worth: the level of the delay and the streak of failures. Returns the level. */
static uint32_t account(const struct restart_settings *s, const struct cleat_exit *exit,
			uint32_t cause, struct cleat_decision *out)
{
	bool bad = !(GOOD & (1u << cause)) && cause != CLEAT_CAUSE_MANUAL;
	bool good_run = exit->ran_ns >= s->reset_after_ns && cause != CLEAT_CAUSE_START_FAILED;

	out->reset_failures = good_run;
	if (!exit->daemon_start) /* the same end is not counted twice */
		out->streak = !bad ? 0 : good_run ? 1 : exit->streak + 1;
	return good_run ? 0 : exit->failures;
}

static bool start_limit_hit(const struct restart_settings *s, const struct cleat_exit *exit)
{
	int64_t starts = 0;

	for (size_t i = 0; i < sizeof(exit->started_ago_ns) / sizeof(*exit->started_ago_ns); i++)
		starts += exit->started_ago_ns[i] <= s->start_limit_interval_ns;
	return s->start_limit_burst > 0 && starts >= s->start_limit_burst;
}

static bool budget_spent(const struct restart_settings *s, const struct rule *rule,
			 const struct cleat_policy *policy, const struct cleat_exit *exit,
			 const struct cleat_decision *out, uint64_t *out_used)
{
	uint64_t most = policy->max_retries ? policy->max_retries : (uint64_t)s->max_retries;

	*out_used = exit->restarts;
	if (s->budget_scope == BUDGET_STREAK)
		*out_used = out->streak ? out->streak - 1 : 0;
	return rule->counts && most && *out_used >= most;
}

/* A limit that ends what the policy would go on with. */
static bool gives_up(const struct restart_settings *s, const struct rule *rule,
		     const struct cleat_policy *policy, const struct cleat_exit *exit,
		     struct cleat_decision *out)
{
	uint64_t used = 0;

	if (budget_spent(s, rule, policy, exit, out, &used))
		(void)say(out, "policy %s: gave up after %llu restarts", policy->name,
			  (unsigned long long)used);
	else if (exit->cause == CLEAT_CAUSE_START_FAILED && exit->permanent &&
		 exit->start_errors > (uint64_t)s->start_error_retries)
		(void)say(out, "policy %s: gave up after %u starts that failed", policy->name,
			  exit->start_errors);
	else if (start_limit_hit(s, exit))
		(void)say(out, "policy %s: start-limit-hit: %lld starts in too short a time",
			  policy->name, (long long)s->start_limit_burst);
	else
		return false;
	out->give_up = true;
	return true;
}

int restart_decide(const struct restart_settings *settings, const struct cleat_policy *policy,
		   const struct cleat_exit *exit, struct cleat_decision *out,
		   struct cleat_error *err)
{
	const struct restart_settings s = profile_resolve(settings);
	const struct rule *rule = find(policy->name);
	uint32_t cause = cause_of(&s, exit);

	if (!rule)
		return cleat_fail(err, EINVAL, "invalid restart policy '%s'", policy->name);
	out->restart = false;
	uint32_t level = account(&s, exit, cause, out);

	if (is_stopped(&s, rule, exit))
		return say(out, "stopped by user");
	if (ran(cause) && exits_match(s.prevent_exit, exit))
		return say(out, "policy %s: exit %d is in prevent-exit", policy->name, exit->code);
	if (ran(cause) && !exit->daemon_start && exit->ran_ns < s.min_uptime_ns)
		return say(out, "policy %s: ran for less than min-uptime", policy->name);
	bool forced = ran(cause) && rule->on_exit && !exit->daemon_start &&
		      exits_match(s.force_exit, exit);

	if (!forced && !wants(&s, rule, cause, exit->daemon_start))
		return say(out, "policy %s: not after %s", policy->name, cause_name(cause));
	if (gives_up(&s, rule, policy, exit, out))
		return 0;
	out->restart = true;
	out->delay_ns = delay_jittered(&s, delay_nominal(&s, level), exit->random);
	return say(out, "policy %s: again after %s", policy->name, cause_name(cause));
}
