/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "decide.h"

#include <errno.h>
#include <string.h>

#define S  1000000000ull
#define MS 1000000ull

static const struct restart_settings docker = {
	.delay_initial_ns = 100 * MS,
	.delay_max_ns = 60 * S,
	.reset_after_ns = 10 * S,
	.multiplier_percent = 200,
};

static struct cleat_decision decide(const struct restart_settings *settings, const char *name,
				    uint32_t retries, struct cleat_exit exit)
{
	struct cleat_policy policy = { .size = sizeof(policy),
				       .max_retries = retries,
				       .name = name };
	struct cleat_decision decision = { .size = sizeof(decision) };
	struct cleat_error err = { 0 };

	exit.size = sizeof(exit);
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
		{ "on-reboot", "--------r----", "--------r----" },
		{ "on-success", "-r-------r---", "-------------" },
		{ "on-abnormal", "---rrr-r---rr", "---rrr-r---rr" },
		{ "on-abort", "---rrr-------", "-------------" },
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
	  UNIT_TEST(retries_are_counted_since_the_start), UNIT_TEST(settings_change_the_delay),
	  UNIT_TEST(nonsense_is_refused))
