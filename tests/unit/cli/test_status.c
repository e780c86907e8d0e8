/* SPDX-License-Identifier: Apache-2.0 */
/* test_status.c - docker's words for states. */
#include "base/clock.h"
#include "cli/status.h"
#include "support/unit.h"

static void says(const char *state, const char *wanted)
{
	Cleat__V1__ContainerSummary c = CLEAT__V1__CONTAINER_SUMMARY__INIT;
	char out[STATUS_TEXT];

	c.state = (char *)state;
	c.exit_status = 3;
	c.started_at = 100 * NS_PER_S;
	c.exited_at = 270 * NS_PER_S;
	status_text(&c, 280 * NS_PER_S, out);
	CU_ASSERT_STRING_EQUAL(out, wanted);
}

static void states(void)
{
	says("running", "Up 3 minutes");
	says("paused", "Up 3 minutes (Paused)");
	says("exited", "Exited (3) 10 seconds ago");
	says("restarting", "Restarting (3) 10 seconds ago");
	says("created", "Created");
	says("removing", "Removal In Progress");
	says("dead", "Dead");
	says("something new", "something new");
}

static void what_comes_next(void)
{
	Cleat__V1__ContainerSummary c = CLEAT__V1__CONTAINER_SUMMARY__INIT;
	char out[STATUS_TEXT];

	c.state = (char *)"restarting";
	c.exit_status = 137;
	c.restart_at = 292 * NS_PER_S;
	c.restart_count = 7;
	status_text(&c, 280 * NS_PER_S, out);
	CU_ASSERT_STRING_EQUAL(out, "Restarting (137) in 12 seconds [7]");
	c.state = (char *)"gc";
	c.gc_tries = 3;
	c.gc_why = (char *)"a mount is in use";
	status_text(&c, 280 * NS_PER_S, out);
	CU_ASSERT_STRING_EQUAL(out, "Cleaning up [3]: a mount is in use");
}

UNIT_MAIN("cli/status", UNIT_TEST(states), UNIT_TEST(what_comes_next))
