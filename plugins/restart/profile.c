/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile.c - several keys at once, as another engine has them.
 *
 * A key that the user set wins, whatever the profile says and even when it is the same as a default.
 * Only `cleat` spreads restarts (jitter): the others do what their engine does.
 */
#include "decide.h"

#define S  1000000000ull
#define MS 1000000ull

static const struct profile {
	uint64_t initial, max, reset;
	int64_t multiplier, jitter, burst;
	bool immediate, compat_129;
} profiles[PROFILES] = {
	[PROFILE_CLEAT] = { 100 * MS, 60 * S, 10 * S, 200, 25, 0, false, false },
	[PROFILE_DOCKER] = { 100 * MS, 60 * S, 10 * S, 200, 0, 0, false, false },
	[PROFILE_ISULAD] = { 100 * MS, 60 * S, 10 * S, 200, 0, 0, false, true },
	[PROFILE_KUBELET] = { 10 * S, 300 * S, 600 * S, 200, 0, 0, true, false },
	[PROFILE_SYSTEMD] = { 100 * MS, 100 * MS, 10 * S, 100, 0, 5, false, false },
	[PROFILE_CONTAINERD] = { 10 * S, 10 * S, 10 * S, 100, 0, 0, false, false },
	[PROFILE_PODMAN] = { 0, 0, 10 * S, 100, 0, 0, false, false },
};

static void fill(uint64_t *duration, uint64_t value)
{
	if (*duration == CLEAT_UNSET_DURATION)
		*duration = value;
}

static void fill_int(int64_t *integer, int64_t value)
{
	if (*integer == CLEAT_UNSET_INT)
		*integer = value;
}

static void fill_choice(uint32_t *choice, bool value)
{
	if (*choice == CHOICE_PROFILE)
		*choice = value ? CHOICE_YES : CHOICE_NO;
}

struct restart_settings profile_resolve(const struct restart_settings *settings)
{
	struct restart_settings r = *settings;
	const struct profile *p = &profiles[r.profile < PROFILES ? r.profile : PROFILE_CLEAT];

	fill(&r.delay_initial_ns, p->initial);
	fill(&r.delay_max_ns, p->max);
	fill(&r.reset_after_ns, p->reset);
	fill(&r.start_limit_interval_ns, 10 * S);
	fill_int(&r.multiplier_percent, p->multiplier);
	fill_int(&r.jitter_percent, p->jitter);
	fill_int(&r.start_limit_burst, p->burst);
	fill_choice(&r.first_immediate, p->immediate);
	fill_choice(&r.compat_129, p->compat_129);
	/* A first delay above the ceiling: the user named one of them, so the other gives way. */
	if (r.delay_max_ns < r.delay_initial_ns) {
		if (settings->delay_max_ns == CLEAT_UNSET_DURATION)
			r.delay_max_ns = r.delay_initial_ns;
		else
			r.delay_initial_ns = r.delay_max_ns;
	}
	return r;
}
