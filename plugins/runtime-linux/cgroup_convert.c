/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_convert.c - the specification counts as cgroup v1 does; v2 counts otherwise.
 *
 * The shares formula is the one that runc 1.3.2 and crun 1.23 agreed on, so that a container gets
 * the same weight from each: a quadratic through (2, 1), (1024, 100) and (262144, 10000) in
 * logarithms. log2 and 10^x are written out because two lines of arithmetic are not worth libm in
 * a static program.
 */
#include "cgroup_convert.h"

#include <errno.h>
#include <inttypes.h>

#define SHARES_MIN 2
#define SHARES_MAX 262144
#define LN2        0.69314718055994530942
#define LN10       2.30258509299404568402

static double log2_of(uint64_t value)
{
	double whole = 0;
	double m = (double)value;
	double sum = 0;

	while (m > 1.4142135623730951) { /* to [0.7, 1.41], where the series is short */
		m /= 2;
		whole++;
	}
	double z = (m - 1) / (m + 1);
	double power = z;

	for (int i = 1; i < 40; i += 2) {
		sum += power / i;
		power *= z * z;
	}
	return whole + 2 * sum / LN2;
}

static double power_of_10(double x)
{
	double whole = 1;
	double term = 1;
	double sum = 1;

	while (x >= 1) {
		whole *= 10;
		x -= 1;
	}
	for (int i = 1; i < 40; i++) {
		term *= x * LN10 / i;
		sum += term;
	}
	return whole * sum;
}

static uint64_t round_up(double x)
{
	uint64_t floor = (uint64_t)x;

	/* 1024 must be 100, not 101 by the last bit of a double */
	return x - (double)floor > 1e-6 ? floor + 1 : floor;
}

uint64_t cgroup_weight_of_shares(uint64_t shares)
{
	if (shares == 0)
		return 0;
	if (shares <= SHARES_MIN)
		return 1;
	if (shares >= SHARES_MAX)
		return 10000;
	double l = log2_of(shares);

	return round_up(power_of_10((l * l + 125 * l) / 612 - 7.0 / 34));
}

uint64_t cgroup_io_weight(uint64_t blkio_weight)
{
	if (blkio_weight <= 10)
		return 1;
	return 1 + (blkio_weight - 10) * 9999 / 990;
}

int cgroup_swap_of_total(int64_t limit, int64_t swap, int64_t *out, struct cleat_error *err)
{
	if (swap == -1 || limit == -1) {
		*out = swap > 0 ? swap : -1;
		return 0;
	}
	if (limit == 0)
		return cleat_fail(err, EINVAL,
				  "cannot set memory and swap limit to %" PRId64
				  ": it needs a memory limit to count from",
				  swap);
	if (swap < limit)
		return cleat_fail(err, EINVAL,
				  "cannot set memory and swap limit to %" PRId64
				  ": it includes the memory limit of %" PRId64,
				  swap, limit);
	*out = swap - limit;
	return 0;
}
