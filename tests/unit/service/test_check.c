/* SPDX-License-Identifier: Apache-2.0 */
/* test_check.c - limits that docker refuses are refused in its words. */
#include "service/service.h"

#include "support/unit.h"

#include <errno.h>
#include <string.h>

static struct cleat_error err;

static Cleat__V1__Limits limits(void)
{
	Cleat__V1__Limits l = CLEAT__V1__LIMITS__INIT;

	return l;
}

static void no_limits_are_fine(void)
{
	Cleat__V1__Limits l = limits();

	UNIT_OK(service_check_limits(&l, &err), err);
}

static void memory_has_a_minimum(void)
{
	Cleat__V1__Limits l = limits();

	l.memory = 1024;
	UNIT_FAILS(service_check_limits(&l, &err), EINVAL, err,
		   "Minimum memory limit allowed is 6MB");
	l.memory = (6 << 20) - 1;
	UNIT_FAILS(service_check_limits(&l, &err), EINVAL, err, "6MB");
	l.memory = 6 << 20;
	UNIT_OK(service_check_limits(&l, &err), err);
	l.memory = -5;
	UNIT_FAILS(service_check_limits(&l, &err), EINVAL, err, "6MB");
}

static void swap_goes_with_memory(void)
{
	Cleat__V1__Limits l = limits();

	l.memory_swap = 64 << 20;
	UNIT_FAILS(service_check_limits(&l, &err), EINVAL, err, "Memory limit");
	l.memory = 128 << 20;
	UNIT_FAILS(service_check_limits(&l, &err), EINVAL, err, "larger than memory limit");
	l.memory_swap = -1;
	UNIT_OK(service_check_limits(&l, &err), err);
}

static void cpus_exclude_a_quota(void)
{
	Cleat__V1__Limits l = limits();

	l.nano_cpus = 500000000;
	UNIT_OK(service_check_limits(&l, &err), err);
	l.cpu_quota = 50000;
	UNIT_FAILS(service_check_limits(&l, &err), EINVAL, err, "Conflicting options");
}

UNIT_MAIN("check", UNIT_TEST(no_limits_are_fine), UNIT_TEST(memory_has_a_minimum),
	  UNIT_TEST(swap_goes_with_memory), UNIT_TEST(cpus_exclude_a_quota))
