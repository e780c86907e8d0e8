/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "decide.h"

#include <errno.h>
#include <string.h>

#define S  1000000000ull
#define MS 1000000ull

/* As the host fills it in when the user has set nothing. */
#define FRESH(profile_)                                                                       \
	{                                                                                     \
		.profile = (profile_), .delay_initial_ns = CLEAT_UNSET_DURATION,              \
		.delay_max_ns = CLEAT_UNSET_DURATION, .reset_after_ns = CLEAT_UNSET_DURATION, \
		.multiplier_percent = CLEAT_UNSET_INT, .jitter_percent = CLEAT_UNSET_INT,     \
		.start_limit_burst = CLEAT_UNSET_INT, .start_limit_interval_ns = 10 * S,      \
		.start_error_retries = 3, .on_failure_after_host_reboot = true                \
	}

static const struct restart_settings docker = FRESH(PROFILE_DOCKER);

static struct cleat_decision decide(const struct restart_settings *settings, const char *name,
				    uint32_t retries, struct cleat_exit exit)
{
	struct cleat_policy policy = { .size = sizeof(policy),
				       .max_retries = retries,
				       .name = name };
	struct cleat_decision decision = { .size = sizeof(decision) };
	struct cleat_error err = { 0 };

	exit.size = sizeof(exit);
	if (!exit.started_ago_ns[0])
		memset(exit.started_ago_ns, 0xff, sizeof(exit.started_ago_ns));
	UNIT_OK(restart_decide(settings, &policy, &exit, &decision, &err), err);
	CU_ASSERT_TRUE(decision.reason[0] != '\0');
	return decision;
}

/* One column a cause, in the order of enum cleat_cause; 'r' restarts. */
static void policies_by_causes(void)
{
	static const struct {
		const char *policy, *on_exit, *on_daemon_start;
	} table[] = {
		/*                   NCFSCOMURPSLH    NCFSCOMURPSLH */
		{ "no", "-------------", "-------------" },
		{ "never", "-------------", "-------------" },
		{ "always", "rrrrrr-rrrrrr", "rrrrrrrrrrrrr" },
		{ "unless-stopped", "rrrrrr-rrrrrr", "rrrrrr-rrrrrr" },
		{ "on-failure", "--rrrr-rr-rrr", "--rrrr-rr-rrr" },
		{ "on-reboot", "--------r-r--", "--------r----" },
		{ "on-success", "-r-------rr--", "-------------" },
		{ "on-abnormal", "---rrr-r--rrr", "---rrr-r---rr" },
		{ "on-abort", "---rrr----r--", "-------------" },
		{ "on-unhealthy", "-------r--r--", "-------------" },
		{ "on-boot", "----------r--", "rrrrrr-rrrrrr" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		for (uint32_t cause = 0; cause <= CLEAT_CAUSE_HOST_REBOOT; cause++)
			for (int daemon = 0; daemon < 2; daemon++) {
				const char *row =
					daemon ? table[i].on_daemon_start : table[i].on_exit;
				struct cleat_exit exit = { .cause = cause,
							   .daemon_start = daemon != 0 };
				bool again = decide(&docker, table[i].policy, 0, exit).restart;

				CU_ASSERT_EQUAL(again, row[cause] == 'r');
				if (again != (row[cause] == 'r'))
					(void)fprintf(stderr, "\n%s cause %u daemon %d\n",
						      table[i].policy, cause, daemon);
			}
}

static void a_stop_beats_the_policy(void)
{
	struct cleat_exit exit = { .cause = CLEAT_CAUSE_FAILURE, .stopped_by_user = true };

	CU_ASSERT_FALSE(decide(&docker, "always", 0, exit).restart);
	CU_ASSERT_FALSE(decide(&docker, "unless-stopped", 0, exit).restart);
	CU_ASSERT_FALSE(decide(&docker, "on-failure", 0, exit).restart);
	CU_ASSERT_STRING_EQUAL(decide(&docker, "always", 0, exit).reason, "stopped by user");
	exit.daemon_start = true;
	CU_ASSERT_TRUE(decide(&docker, "always", 0, exit).restart); /* as docker */
	CU_ASSERT_FALSE(decide(&docker, "unless-stopped", 0, exit).restart);
	CU_ASSERT_FALSE(decide(&docker, "on-failure", 0, exit).restart);
}

static void delays_double_up_to_a_minute(void)
{
	static const uint64_t tenths[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600 };
	struct cleat_exit exit = { .cause = CLEAT_CAUSE_FAILURE };

	for (uint32_t i = 0; i < sizeof(tenths) / sizeof(*tenths); i++) {
		exit.failures = i;
		CU_ASSERT_EQUAL(decide(&docker, "always", 0, exit).delay_ns, tenths[i] * 100 * MS);
	}
	exit.failures = UINT32_MAX;
	CU_ASSERT_EQUAL(decide(&docker, "always", 0, exit).delay_ns, 60 * S);
}

static void a_good_run_resets(void)
{
	struct cleat_exit exit = { .cause = CLEAT_CAUSE_CLEAN, .failures = 5, .ran_ns = 10 * S };
	struct cleat_decision good = decide(&docker, "always", 0, exit);

	CU_ASSERT_TRUE(good.reset_failures);
	CU_ASSERT_EQUAL(good.delay_ns, 100 * MS);
	exit.ran_ns = 10 * S - 1;
	struct cleat_decision bad = decide(&docker, "always", 0, exit);

	CU_ASSERT_FALSE(bad.reset_failures);
	CU_ASSERT_EQUAL(bad.delay_ns, 3200 * MS);
}

static void retries_are_counted_since_the_start(void)
{
	struct cleat_exit exit = { .cause = CLEAT_CAUSE_FAILURE, .ran_ns = 60 * S };

	for (exit.restarts = 0; exit.restarts < 3; exit.restarts++)
		CU_ASSERT_TRUE(decide(&docker, "on-failure", 3, exit).restart);
	struct cleat_decision last = decide(&docker, "on-failure", 3, exit);

	CU_ASSERT_FALSE(last.restart);
	CU_ASSERT_STRING_EQUAL(last.reason, "policy on-failure: gave up after 3 restarts");
	CU_ASSERT_TRUE(decide(&docker, "on-failure", 0, exit).restart);
}

/* R6: three failures, the third after a long run, then failures at once. */
static void a_streak_forgets_failures_before_a_good_run(void)
{
	static const uint64_t runs[] = { 0, 0, 20 * S, 0, 0, 0 };
	static const char *const expected[] = { "rrr---", "rrrrr-" };

	for (uint32_t scope = BUDGET_SINCE_START; scope <= BUDGET_STREAK; scope++) {
		struct restart_settings settings = docker;
		struct cleat_exit exit = { .cause = CLEAT_CAUSE_FAILURE, .code = 1 };

		settings.budget_scope = scope;
		for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
			exit.ran_ns = runs[i];
			struct cleat_decision decision = decide(&settings, "on-failure", 3, exit);

			CU_ASSERT_EQUAL(decision.restart, expected[scope][i] == 'r');
			CU_ASSERT_EQUAL(decision.give_up, expected[scope][i] != 'r');
			exit.streak = decision.streak;
			exit.restarts += decision.restart;
		}
	}
}

/* The first six delays of each profile, in milliseconds. */
static void profiles_have_their_engines_delays(void)
{
	static const struct {
		uint32_t profile;
		uint64_t ms[6];
	} table[] = {
		{ PROFILE_DOCKER, { 100, 200, 400, 800, 1600, 3200 } },
		{ PROFILE_ISULAD, { 100, 200, 400, 800, 1600, 3200 } },
		{ PROFILE_KUBELET, { 0, 10000, 20000, 40000, 80000, 160000 } },
		{ PROFILE_SYSTEMD, { 100, 100, 100, 100, 100, 100 } },
		{ PROFILE_CONTAINERD, { 10000, 10000, 10000, 10000, 10000, 10000 } },
		{ PROFILE_PODMAN, { 0, 0, 0, 0, 0, 0 } },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct restart_settings settings = FRESH(table[i].profile);
		struct cleat_exit exit = { .cause = CLEAT_CAUSE_FAILURE, .random = UINT32_MAX };

		for (exit.failures = 0; exit.failures < 6; exit.failures++)
			CU_ASSERT_EQUAL(decide(&settings, "always", 0, exit).delay_ns,
					table[i].ms[exit.failures] * MS);
	}
}

static void what_the_user_set_beats_the_profile(void)
{
	struct restart_settings settings = FRESH(PROFILE_KUBELET);
	struct cleat_exit exit = { .cause = CLEAT_CAUSE_FAILURE };

	settings.delay_initial_ns = 100 * MS; /* the value of another profile: set is set */
	settings.first_immediate = CHOICE_NO;
	CU_ASSERT_EQUAL(decide(&settings, "always", 0, exit).delay_ns, 100 * MS);
	exit.failures = 1;
	CU_ASSERT_EQUAL(decide(&settings, "always", 0, exit).delay_ns, 200 * MS);
	exit.ran_ns = 599 * S;
	CU_ASSERT_FALSE(decide(&settings, "always", 0, exit).reset_failures);
	settings.reset_after_ns = CLEAT_NEVER;
	exit.ran_ns = UINT64_MAX - 1;
	CU_ASSERT_FALSE(decide(&settings, "always", 0, exit).reset_failures);
}

/* R4: never earlier than nominal, less than a quarter later, and evenly spread. */
static void jitter_stays_in_its_bounds(void)
{
	const struct restart_settings settings = FRESH(PROFILE_CLEAT);
	struct cleat_exit exit = { .cause = CLEAT_CAUSE_FAILURE };
	double sum = 0;
	uint64_t state = 88172645463325252u;

	for (int i = 0; i < 1000000; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		exit.random = (uint32_t)(state >> 32);
		uint64_t delay = decide(&settings, "always", 0, exit).delay_ns;

		sum += (double)delay;
		if (delay < 100 * MS || delay >= 125 * MS)
			CU_FAIL_FATAL("out of its bounds");
	}
	double mean = sum / 1000000 / (100 * MS);

	CU_ASSERT(mean > 1.125 * 0.995 && mean < 1.125 * 1.005);
}

static void steps_lead_from_first_to_last(void)
{
	struct restart_settings settings = FRESH(PROFILE_SYSTEMD);
	struct cleat_exit exit = { .cause = CLEAT_CAUSE_FAILURE };

	settings.delay_initial_ns = 1 * S;
	settings.delay_max_ns = 81 * S;
	settings.steps = 4; /* 1 3 9 27 81 */
	for (uint64_t nominal = 1 * S; exit.failures < 7; exit.failures++) {
		uint64_t delay = decide(&settings, "always", 0, exit).delay_ns;

		CU_ASSERT(delay > nominal - MS && delay < nominal + MS);
		nominal = nominal * 3 < 81 * S ? nominal * 3 : 81 * S;
	}
}

/* R17 */
static void exit_129_is_a_reboot_only_for_isulad(void)
{
	const struct restart_settings isulad = FRESH(PROFILE_ISULAD);
	struct cleat_exit exit = { .cause = CLEAT_CAUSE_FAILURE, .code = 129 };

	CU_ASSERT_FALSE(decide(&docker, "on-reboot", 0, exit).restart);
	CU_ASSERT_TRUE(decide(&isulad, "on-reboot", 0, exit).restart);
	exit.code = 130;
	CU_ASSERT_FALSE(decide(&isulad, "on-reboot", 0, exit).restart);
}

static void systemd_gives_up_after_a_burst(void)
{
	const struct restart_settings settings = FRESH(PROFILE_SYSTEMD);
	struct cleat_exit exit = { .cause = CLEAT_CAUSE_FAILURE,
				   .started_ago_ns = { 1 * S, 2 * S, 3 * S, 4 * S, 11 * S,
						       UINT64_MAX, UINT64_MAX, UINT64_MAX } };

	CU_ASSERT_TRUE(decide(&settings, "always", 0, exit).restart);
	exit.started_ago_ns[4] = 9 * S;
	struct cleat_decision decision = decide(&settings, "always", 0, exit);

	CU_ASSERT_FALSE(decision.restart);
	CU_ASSERT_TRUE(decision.give_up);
	CU_ASSERT_PTR_NOT_NULL(strstr(decision.reason, "start-limit-hit"));
}

/* R28 and R27: 1 + 3 attempts when it will not help, without end when it may. */
static void starts_that_fail_are_tried_again(void)
{
	struct cleat_exit exit = { .cause = CLEAT_CAUSE_START_FAILED,
				   .code = 127,
				   .permanent = true };

	for (exit.start_errors = 1; exit.start_errors <= 3; exit.start_errors++)
		CU_ASSERT_TRUE(decide(&docker, "always", 0, exit).restart);
	struct cleat_decision decision = decide(&docker, "always", 0, exit);

	CU_ASSERT_FALSE(decision.restart);
	CU_ASSERT_TRUE(decision.give_up);
	exit.permanent = false;
	exit.start_errors = 1000;
	CU_ASSERT_TRUE(decide(&docker, "always", 0, exit).restart);
	exit.restarts = 5;
	CU_ASSERT_FALSE(decide(&docker, "on-failure", 5, exit).restart);
	/* no reset by the time since a start long ago */
	exit.ran_ns = 3600 * S;
	CU_ASSERT_FALSE(decide(&docker, "always", 0, exit).reset_failures);
}

static void lists_of_exits_beat_the_policy(void)
{
	struct restart_settings settings = docker;
	struct cleat_exit exit = { .cause = CLEAT_CAUSE_FAILURE, .code = 78 };

	settings.prevent_exit = "2,78, SIGTERM";
	settings.force_exit = "0";
	settings.success_exit = "42 SIGUSR1";
	CU_ASSERT_FALSE(decide(&settings, "always", 0, exit).restart);
	exit.code = 7;
	CU_ASSERT_TRUE(decide(&settings, "always", 0, exit).restart);
	CU_ASSERT_TRUE(decide(&settings, "on-failure", 0, exit).restart);
	exit.code = 42;
	CU_ASSERT_FALSE(decide(&settings, "on-failure", 0, exit).restart);
	CU_ASSERT_TRUE(decide(&settings, "on-success", 0, exit).restart);
	exit = (struct cleat_exit){ .cause = CLEAT_CAUSE_CLEAN };
	CU_ASSERT_TRUE(decide(&settings, "on-failure", 0, exit).restart);
	CU_ASSERT_FALSE(decide(&settings, "no", 0, exit).restart); /* not even by force */
	exit = (struct cleat_exit){ .cause = CLEAT_CAUSE_SIGNAL, .signal = 15, .code = 143 };
	CU_ASSERT_FALSE(decide(&settings, "always", 0, exit).restart);
}

static void lists_are_checked(void)
{
	struct cleat_error err = { 0 };

	UNIT_OK(exits_check("k", "", &err), err);
	UNIT_OK(exits_check("k", "0,255 SIGKILL TERM", &err), err);
	UNIT_FAILS(exits_check("prevent-exit", "1,256", &err), EINVAL, err, "'256' is neither");
	UNIT_FAILS(exits_check("k", "SIGNOT", &err), EINVAL, err, "key 'k'");
	UNIT_FAILS(exits_check("k", "1.5", &err), EINVAL, err, "'1.5'");
}

static void settings_change_who_comes_back(void)
{
	struct restart_settings settings = docker;
	struct cleat_exit stopped = { .cause = CLEAT_CAUSE_MANUAL,
				      .stopped_by_user = true,
				      .daemon_start = true };
	struct cleat_exit reboot = { .cause = CLEAT_CAUSE_HOST_REBOOT, .daemon_start = true };
	struct cleat_exit term = { .cause = CLEAT_CAUSE_SIGNAL, .signal = 15, .code = 143 };
	struct cleat_exit brief = { .cause = CLEAT_CAUSE_CLEAN, .ran_ns = 59 * S };

	settings.always_resurrects = RESURRECTS_NEVER;
	CU_ASSERT_FALSE(decide(&settings, "always", 0, stopped).restart);
	settings.always_resurrects = RESURRECTS_BOOT;
	CU_ASSERT_FALSE(decide(&settings, "always", 0, stopped).restart);
	stopped.new_boot = true;
	CU_ASSERT_TRUE(decide(&settings, "always", 0, stopped).restart);
	CU_ASSERT_TRUE(decide(&settings, "on-failure", 0, reboot).restart);
	settings.on_failure_after_host_reboot = false;
	CU_ASSERT_FALSE(decide(&settings, "on-failure", 0, reboot).restart);
	CU_ASSERT_TRUE(decide(&settings, "always", 0, reboot).restart);
	CU_ASSERT_TRUE(decide(&settings, "on-failure", 0, term).restart);
	settings.systemd_clean_signals = true;
	CU_ASSERT_FALSE(decide(&settings, "on-failure", 0, term).restart);
	CU_ASSERT_TRUE(decide(&settings, "on-success", 0, term).restart);
	settings.min_uptime_ns = 60 * S;
	CU_ASSERT_FALSE(decide(&settings, "always", 0, brief).restart);
	settings.max_retries = 2; /* of the section, when the policy says no number */
	brief = (struct cleat_exit){ .cause = CLEAT_CAUSE_FAILURE,
				     .ran_ns = 60 * S,
				     .restarts = 2 };
	CU_ASSERT_TRUE(decide(&settings, "always", 0, brief).restart);
	CU_ASSERT_FALSE(decide(&settings, "on-failure", 0, brief).restart);
	CU_ASSERT_TRUE(decide(&settings, "on-failure", 5, brief).restart);
}

static void settings_change_the_delay(void)
{
	struct restart_settings fixed = docker;
	struct restart_settings slow = docker;
	struct cleat_exit exit = { .cause = CLEAT_CAUSE_FAILURE, .failures = 2 };

	fixed.multiplier_percent = 100;
	fixed.delay_initial_ns = 10 * S;
	CU_ASSERT_EQUAL(decide(&fixed, "always", 0, exit).delay_ns, 10 * S);
	slow.multiplier_percent = 150;
	CU_ASSERT_EQUAL(decide(&slow, "always", 0, exit).delay_ns, 225 * MS);
	slow.delay_max_ns = 50 * MS; /* the ceiling holds from the first */
	exit.failures = 0;
	CU_ASSERT_EQUAL(decide(&slow, "always", 0, exit).delay_ns, 50 * MS);
	slow.on_reboot_includes_host = true;
	exit.cause = CLEAT_CAUSE_HOST_REBOOT;
	CU_ASSERT_TRUE(decide(&slow, "on-reboot", 0, exit).restart);
}

static void nonsense_is_refused(void)
{
	struct cleat_policy policy = { .size = sizeof(policy), .name = "sometimes" };
	struct cleat_exit exit = { .size = sizeof(exit) };
	struct cleat_decision decision = { .size = sizeof(decision) };
	struct cleat_error err = { 0 };

	UNIT_FAILS(restart_check(&policy, &err), EINVAL, err, "invalid restart policy 'sometimes'");
	UNIT_FAILS(restart_decide(&docker, &policy, &exit, &decision, &err), EINVAL, err,
		   "invalid restart policy 'sometimes'");
	policy.name = "always";
	policy.max_retries = 2;
	UNIT_FAILS(restart_check(&policy, &err), EINVAL, err,
		   "maximum retry count can only be used with 'on-failure'");
	policy.name = "";
	UNIT_FAILS(restart_check(&policy, &err), EINVAL, err, "empty restart policy");
	policy.name = "on-failure";
	UNIT_OK(restart_check(&policy, &err), err);
	policy.max_retries = UINT32_MAX;
	UNIT_FAILS(restart_check(&policy, &err), EINVAL, err, "4294967295 is larger");
}

UNIT_MAIN("restart/decide", UNIT_TEST(policies_by_causes), UNIT_TEST(a_stop_beats_the_policy),
	  UNIT_TEST(delays_double_up_to_a_minute), UNIT_TEST(a_good_run_resets),
	  UNIT_TEST(retries_are_counted_since_the_start),
	  UNIT_TEST(a_streak_forgets_failures_before_a_good_run),
	  UNIT_TEST(profiles_have_their_engines_delays),
	  UNIT_TEST(what_the_user_set_beats_the_profile), UNIT_TEST(jitter_stays_in_its_bounds),
	  UNIT_TEST(steps_lead_from_first_to_last), UNIT_TEST(exit_129_is_a_reboot_only_for_isulad),
	  UNIT_TEST(systemd_gives_up_after_a_burst), UNIT_TEST(starts_that_fail_are_tried_again),
	  UNIT_TEST(lists_of_exits_beat_the_policy), UNIT_TEST(lists_are_checked),
	  UNIT_TEST(settings_change_who_comes_back), UNIT_TEST(settings_change_the_delay),
	  UNIT_TEST(nonsense_is_refused))
