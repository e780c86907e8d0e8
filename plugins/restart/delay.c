/* SPDX-License-Identifier: Apache-2.0 */
/* delay.c - the back-off: initial * multiplier^level up to a ceiling, and jitter on top. */
#include "decide.h"

/* systemd's RestartSteps: the multiplier with which @steps steps lead from initial to max. */
static double root(double ratio, int64_t steps)
{
	double low = 1;
	double high = ratio;

	for (int round = 0; round < 100; round++) {
		double middle = (low + high) / 2;
		double power = 1;

		for (int64_t i = 0; i < steps && power <= ratio; i++)
			power *= middle;
		if (power > ratio)
			high = middle;
		else
			low = middle;
	}
	return low;
}

static double multiplier(const struct restart_settings *s)
{
	if (s->steps > 0 && s->delay_initial_ns > 0 && s->delay_max_ns > s->delay_initial_ns)
		return root((double)s->delay_max_ns / (double)s->delay_initial_ns, s->steps);
	return (double)s->multiplier_percent / 100;
}

uint64_t delay_nominal(const struct restart_settings *s, uint32_t level)
{
	double delay = (double)s->delay_initial_ns;
	double max = (double)s->delay_max_ns;
	double factor = multiplier(s);

	if (s->first_immediate == CHOICE_YES && level-- == 0)
		return 0;
	/* initial * 2^n is exact in a double; the ceiling ends the loop, and so does standing still */
	for (; level > 0 && delay > 0 && delay < max && factor > 1; level--)
		delay *= factor;
	return delay < max ? (uint64_t)(delay + 0.5) : s->delay_max_ns;
}

uint64_t delay_jittered(const struct restart_settings *s, uint64_t nominal, uint32_t random)
{
	double part = (double)s->jitter_percent / 100 * ((double)random / 4294967296.0);

	return nominal + (uint64_t)((double)nominal * part);
}
