/* SPDX-License-Identifier: Apache-2.0 */
/* health_record.c - health.json (docker's Health object), and the event. */
#include "health.h"

#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/file_atomic.h"
#include "base/json_out.h"
#include "base/log.h"
#include "base/text.h"
#include "methods.h"
#include "publish.h"
#include "rpc/pb/shim.pb-c.h"

static char *output_of(const struct health *health)
{
	uint64_t limit = health->plan.timeout_ns;
	bool seconds = limit % NS_PER_S == 0;

	if (health->timed_out)
		return text_format("Health check exceeded timeout (%llu%s)%s%s",
				   (unsigned long long)(limit / (seconds ? NS_PER_S : NS_PER_MS)),
				   seconds ? "s" : "ms", health->output_len ? ": " : "",
				   health->output);
	return strdup(health->output);
}

void health_note(struct health *health, int code)
{
	struct health_result *last = NULL;

	if (health->nlog == HEALTH_LOG) {
		free(health->log[0].output);
		memmove(health->log, health->log + 1, sizeof(health->log) - sizeof(*health->log));
		health->nlog--;
	}
	last = &health->log[health->nlog++];
	*last = (struct health_result){ .began = health->began,
					.ended = clock_now(CLOCK_REALTIME),
					.code = code,
					.output = output_of(health) };
}

static void write_result(const struct health_result *result, struct json_out *o)
{
	char time[CLOCK_TEXT];

	json_out_object(o);
	clock_rfc3339(result->began, time);
	json_out_pair_text(o, "Start", time);
	clock_rfc3339(result->ended, time);
	json_out_pair_text(o, "End", time);
	json_out_pair_i64(o, "ExitCode", result->code);
	json_out_pair_text(o, "Output", result->output ? result->output : "");
	json_out_object_end(o);
}

static char *render(const struct health *health)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);

	if (!o)
		return NULL;
	json_out_object(o);
	json_out_pair_text(o, "Status", health_status_name(health->status));
	json_out_pair_u64(o, "FailingStreak", health->streak);
	json_out_key(o, "Log");
	json_out_array(o);
	for (size_t i = 0; i < health->nlog; i++)
		write_result(&health->log[i], o);
	json_out_array_end(o);
	json_out_object_end(o);
	return json_out_take(o);
}

void health_write(const struct health *health)
{
	_cleanup_free_ char *text = render(health);
	struct cleat_error err = { 0 };

	if (!text)
		log_line(CLEAT_WARN, "%.12s: its health is not recorded: out of memory",
			 health->task->id);
	else if (file_replace(health->task->bundle_fd, "health.json", text, strlen(text), 0600,
			      false, &err) < 0)
		log_line(CLEAT_WARN, "%.12s: its health is not recorded: %s", health->task->id,
			 err.text);
}

void health_tell(const struct health *health)
{
	Cleat__Shim__V1__Health event = CLEAT__SHIM__V1__HEALTH__INIT;

	log_line(CLEAT_INFO, "%.12s: %s", health->task->id, health_status_name(health->status));
	event.container_id = health->task->id;
	event.status = method_text(health_status_name(health->status));
	publish(health->task->shim->publisher, "/cleat/health", &event.base);
}
