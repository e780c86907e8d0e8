/* SPDX-License-Identifier: Apache-2.0 */
/* check_health.c - refuse a health check that cannot work, in docker's words where it has some. */
#include "service/service.h"

#include "base/clock.h"
#include "base/text.h"

#include <errno.h>

static int check_time(int64_t ns, const char *what, struct cleat_error *err)
{
	if (ns < 0 || (ns > 0 && ns < (int64_t)NS_PER_MS))
		return cleat_fail(err, EINVAL, "%s in Healthcheck cannot be less than 1ms", what);
	return 0;
}

static int check_test(const Cleat__V1__Health *health, struct cleat_error *err)
{
	const char *kind = health->n_test ? health->test[0] : "NONE";

	if (text_eq(kind, "NONE"))
		return 0;
	if (!text_eq(kind, "CMD") && !text_eq(kind, "CMD-SHELL"))
		return cleat_fail(err, EINVAL,
				  "unknown type '%.40s' of a health check: it is NONE, CMD or "
				  "CMD-SHELL",
				  kind);
	if (health->n_test < 2 || (text_eq(kind, "CMD-SHELL") && health->n_test != 2))
		return cleat_fail(err, EINVAL, "a health check needs a command");
	return 0;
}

int service_check_health(const container_config *config, struct cleat_error *err)
{
	static const char *const actions[] = { "", "none", "stop", "kill", "restart" };
	const Cleat__V1__Health *health = config->health;
	size_t i = 0;

	while (i < sizeof(actions) / sizeof(*actions) && !text_eq(actions[i], config->on_unhealthy))
		i++;
	if (i == sizeof(actions) / sizeof(*actions))
		return cleat_fail(err, EINVAL,
				  "unknown action '%.40s': on-unhealthy is none, stop, kill or "
				  "restart",
				  config->on_unhealthy);
	if (!health)
		return 0;
	if (check_test(health, err) < 0 || check_time(health->interval_ns, "Interval", err) < 0 ||
	    check_time(health->timeout_ns, "Timeout", err) < 0 ||
	    check_time(health->start_period_ns, "StartPeriod", err) < 0 ||
	    check_time(health->start_interval_ns, "StartInterval", err) < 0)
		return -err->errnum;
	return 0;
}
