/* SPDX-License-Identifier: Apache-2.0 */
/* restarts.c - made with the daemon: limits from [supervision], and who is let in. */
#include "task/restarts.h"
#include "task/task.h"

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

enum { SPREAD_EACH_MS = 10 };

static int64_t at_least(int64_t n, int64_t least)
{
	return n > least ? n : least;
}

static struct admission_limits limits_of(const struct config *config)
{
	static const struct config_supervision none = { .burst = 1 };
	const struct config_supervision *s = config ? &config->supervision : &none;
	int64_t cpus = at_least(sysconf(_SC_NPROCESSORS_ONLN), 1);
	int64_t boot = at_least(2 * cpus, 4);

	return (struct admission_limits){
		.places = s->concurrency ? s->concurrency : at_least(cpus, 4),
		.boot_places = s->boot_parallel ? s->boot_parallel
			       : boot < 64      ? boot
						: 64,
		.rate = s->rate,
		.burst = s->burst,
	};
}

static void pump_again(void *arg)
{
	restarts_pump(arg);
}

int restarts_new(struct tasks *tasks, struct restarts **out, struct cleat_error *err)
{
	struct restarts *restarts = calloc(1, sizeof(*restarts));
	struct admission_limits limits = limits_of(tasks->env.config);

	if (!restarts)
		return cleat_fail(err, ENOMEM, "cannot keep containers: out of memory");
	int r = alarms_new(tasks->env.loop, &restarts->alarms, err);

	if (r < 0) {
		free(restarts);
		return r;
	}
	admission_init(&restarts->admission, &limits, alarms_now(restarts->alarms));
	restarts->pump.ring = pump_again;
	restarts->pump.arg = restarts;
	restarts->core = (struct restart_core){ restarts->alarms, restart_later, tasks };
	if (getrandom(&restarts->random, sizeof(restarts->random), GRND_NONBLOCK) < 0)
		restarts->random = clock_now(CLOCK_BOOTTIME);
	restarts->random |= 1; /* xorshift stands still at 0 */
	*out = restarts;
	return 0;
}

void restarts_free(struct restarts *restarts)
{
	if (!restarts)
		return;
	alarms_free(restarts->alarms);
	free(restarts);
}

uint32_t restarts_random(struct restarts *restarts)
{
	restarts->random ^= restarts->random << 13;
	restarts->random ^= restarts->random >> 7;
	restarts->random ^= restarts->random << 17;
	return (uint32_t)(restarts->random >> 32);
}

void restarts_pump(struct restarts *restarts)
{
	uint64_t again = admission_pump(&restarts->admission, alarms_now(restarts->alarms));
	struct cleat_error err = { 0 };

	if (again == UINT64_MAX)
		alarms_clear(restarts->alarms, &restarts->pump);
	else if (alarms_set(restarts->alarms, &restarts->pump, again, &err) < 0)
		log_line(CLEAT_ERROR, "restarts wait for too long: %s", err.text);
}

/* One container alone has nobody to be kept apart from: so the spread grows with their number. */
void restarts_spread(struct tasks *tasks, size_t n)
{
	uint64_t most = tasks->env.config->supervision.boot_spread_ns;
	uint64_t wanted = (uint64_t)n * SPREAD_EACH_MS * NS_PER_MS;

	tasks->restarts->spread_ns = wanted < most ? wanted : most;
}

uint64_t restarts_spread_delay(struct restarts *restarts)
{
	double part = (double)restarts_random(restarts) / 4294967296.0;

	return (uint64_t)((double)restarts->spread_ns * part);
}
