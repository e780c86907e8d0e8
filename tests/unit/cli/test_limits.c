/* SPDX-License-Identifier: Apache-2.0 */
/* test_limits.c - limits as the daemon gets them. */
#include <errno.h>
#include <string.h>

#include "cli/limits.h"
#include "parse.h"
#include "support/unit.h"

static void cpus(void)
{
	int64_t n = 0;

	CU_ASSERT_EQUAL(limits_nano_cpus("1.5", &n), 0);
	CU_ASSERT_EQUAL(n, 1500000000);
	CU_ASSERT_EQUAL(limits_nano_cpus(".25", &n), 0);
	CU_ASSERT_EQUAL(n, 250000000);
	CU_ASSERT_EQUAL(limits_nano_cpus("2", &n), 0);
	CU_ASSERT_EQUAL(n, 2000000000);
	CU_ASSERT_EQUAL(limits_nano_cpus("0.1234567891", &n), 0);
	CU_ASSERT_EQUAL(n, 123456789);
	CU_ASSERT(limits_nano_cpus("", &n) < 0);
	CU_ASSERT(limits_nano_cpus(".", &n) < 0);
	CU_ASSERT(limits_nano_cpus("1.2.3", &n) < 0);
	CU_ASSERT(limits_nano_cpus("-1", &n) < 0);
	CU_ASSERT(limits_nano_cpus("99999999999999999999", &n) < 0);
}

static void all_of_them(void)
{
	Cleat__V1__Limits *limits = NULL;
	struct cli cli;

	UNIT_OK(PARSE(&cli, "run", "-m", "64m", "--memory-swap", "-1", "--pids-limit=-1", "--cpus",
		      "0.5", "--cpu-shares", "512", "--cpuset-cpus", "0-1,3", "img"),
		cli.err);
	UNIT_OK(limits_collect(&cli, &limits), cli.err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(limits);
	CU_ASSERT_EQUAL(limits->memory, 64 << 20);
	CU_ASSERT_EQUAL(limits->memory_swap, -1);
	CU_ASSERT_EQUAL(limits->pids, -1);
	CU_ASSERT_EQUAL(limits->nano_cpus, 500000000);
	CU_ASSERT_EQUAL(limits->cpu_shares, 512);
	CU_ASSERT_STRING_EQUAL(limits->cpuset_cpus, "0-1,3");
	parse_end(&cli);
	UNIT_OK(PARSE(&cli, "run", "img"), cli.err);
	UNIT_OK(limits_collect(&cli, &limits), cli.err);
	CU_ASSERT_PTR_NULL(limits);
	parse_end(&cli);
}

static void refuses(char *flag, const char *words)
{
	Cleat__V1__Limits *limits = NULL;
	struct cli cli;

	UNIT_OK(PARSE(&cli, "run", "--memory=10m", flag, "img"), cli.err);
	UNIT_FAILS(limits_collect(&cli, &limits), EINVAL, cli.err, words);
	parse_end(&cli);
}

static void bad_values(void)
{
	refuses("--memory=abc", "invalid size: 'abc'");
	refuses("--memory=-1m", "invalid size");
	refuses("--cpus=x", "failed to parse x as a rational number");
	refuses("--pids-limit=many", "--pids-limit");
	refuses("--pids-limit=-2", "at least -1");
	refuses("--cpuset-cpus=a", "0-2,4");
	refuses("--memory-swap=5m", "larger than memory limit");
}

static void ulimits(void)
{
	Cleat__V1__Ulimit **list = NULL;
	size_t n = 0;
	struct cli cli;

	UNIT_OK(PARSE(&cli, "run", "--ulimit", "nofile=1:2", "--ulimit", "core=-1", "img"),
		cli.err);
	UNIT_OK(ulimits_collect(&cli, &list, &n), cli.err);
	CU_ASSERT_EQUAL_FATAL(n, 2);
	CU_ASSERT_STRING_EQUAL(list[0]->name, "nofile");
	CU_ASSERT_EQUAL(list[0]->soft, 1);
	CU_ASSERT_EQUAL(list[0]->hard, 2);
	CU_ASSERT_EQUAL(list[1]->hard, UINT64_MAX);
	parse_end(&cli);
}

static void refuses_ulimit(char *text, const char *words)
{
	Cleat__V1__Ulimit **list = NULL;
	size_t n = 0;
	struct cli cli;

	UNIT_OK(PARSE(&cli, "run", "--ulimit", text, "img"), cli.err);
	UNIT_FAILS(ulimits_collect(&cli, &list, &n), EINVAL, cli.err, words);
	parse_end(&cli);
}

static void bad_ulimits(void)
{
	refuses_ulimit("nofile", "invalid ulimit argument: nofile");
	refuses_ulimit("nosuch=1", "invalid ulimit type: nosuch");
	refuses_ulimit("nofile=10:5", "less than or equal to hard limit: 10 > 5");
	refuses_ulimit("nofile=x", "invalid ulimit argument");
	refuses_ulimit("nofile=1:2:3", "invalid ulimit argument");
}

UNIT_MAIN("cli/limits", UNIT_TEST(cpus), UNIT_TEST(all_of_them), UNIT_TEST(bad_values),
	  UNIT_TEST(ulimits), UNIT_TEST(bad_ulimits))
