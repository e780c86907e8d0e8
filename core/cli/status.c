/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - docker's words for the state of a container. */
#include "cli/status.h"

#include <stdio.h>

#include "base/text.h"
#include "cli/ago.h"

/* docker says when it ended; that it comes back in twelve seconds is better to know. */
static void restarting(const Cleat__V1__ContainerSummary *container, uint64_t now,
		       const char *since, char out[STATUS_TEXT])
{
	char wait[AGO_TEXT];

	if (container->restart_at <= now) {
		(void)snprintf(out, STATUS_TEXT, "Restarting (%u) %s", container->exit_status,
			       since);
		return;
	}
	ago_duration(container->restart_at - now, wait);
	(void)snprintf(out, STATUS_TEXT, "Restarting (%u) in %s [%u]", container->exit_status, wait,
		       container->restart_count);
}

static const char *health(const Cleat__V1__ContainerSummary *container)
{
	static const char *const words[][2] = { { "starting", " (health: starting)" },
						{ "healthy", " (healthy)" },
						{ "unhealthy", " (unhealthy)" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (text_eq(container->health, words[i][0]))
			return words[i][1];
	return "";
}

void status_text(const Cleat__V1__ContainerSummary *container, uint64_t now, char out[STATUS_TEXT])
{
	const char *state = container->state;
	uint64_t started = container->started_at;
	char since[AGO_TEXT];
	char up[AGO_TEXT];

	ago_since(container->exited_at, now, since);
	ago_duration(now > started ? now - started : 0, up);
	if (text_eq(state, "running"))
		(void)snprintf(out, STATUS_TEXT, "Up %s%s", up, health(container));
	else if (text_eq(state, "paused"))
		(void)snprintf(out, STATUS_TEXT, "Up %s (Paused)", up);
	else if (text_eq(state, "exited"))
		(void)snprintf(out, STATUS_TEXT, "Exited (%u) %s", container->exit_status, since);
	else if (text_eq(state, "restarting"))
		restarting(container, now, since, out);
	else if (text_eq(state, "gc"))
		(void)snprintf(out, STATUS_TEXT, "Cleaning up [%u]: %s", container->gc_tries,
			       container->gc_why);
	else if (text_eq(state, "removing"))
		(void)snprintf(out, STATUS_TEXT, "Removal In Progress");
	else if (text_eq(state, "created"))
		(void)snprintf(out, STATUS_TEXT, "Created");
	else if (text_eq(state, "dead"))
		(void)snprintf(out, STATUS_TEXT, "Dead");
	else
		(void)snprintf(out, STATUS_TEXT, "%.40s", state);
}
