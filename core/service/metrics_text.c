/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_text.c - the metrics as a table: name, type, help, and where the number comes from. */
#include "service/metrics.h"
#include "service/service.h"

#include "base/clock.h"
#include "task/health.h"

#include <inttypes.h>

#include <cleat/cleanup.h>

/* ---- one number of one container; false: it has none ------------------------------------------------ */
typedef bool (*number_of)(const struct metrics_sample *s, double *out);

static bool set(double *out, double value)
{
	*out = value;
	return true;
}

static double seconds(uint64_t ns)
{
	return (double)ns / (double)NS_PER_S;
}

static bool info(const struct metrics_sample *s, double *out)
{
	(void)s;
	return set(out, 1);
}

static bool running(const struct metrics_sample *s, double *out)
{
	return set(out, s->task->row.phase == TASK_RUNNING);
}

static bool healthy(const struct metrics_sample *s, double *out)
{
	const char *health = health_of(s->task);

	return *health && set(out, text_eq(health, "healthy"));
}

static bool restarts(const struct metrics_sample *s, double *out)
{
	return set(out, (double)s->task->row.restart_count);
}

static bool started(const struct metrics_sample *s, double *out)
{
	return s->known && set(out, seconds((uint64_t)s->task->row.started_at));
}

static bool exit_code(const struct metrics_sample *s, double *out)
{
	return s->task->row.phase == TASK_EXITED && set(out, (double)s->task->row.exit_code);
}

static bool cpu(const struct metrics_sample *s, double *out)
{
	return s->known && set(out, seconds(s->usage.cpu_ns));
}

static bool throttled(const struct metrics_sample *s, double *out)
{
	return s->known && set(out, seconds(s->usage.cpu_throttled_ns));
}

static bool memory(const struct metrics_sample *s, double *out)
{
	return s->known && set(out, (double)s->usage.memory);
}

static bool inactive(const struct metrics_sample *s, double *out)
{
	return s->known && set(out, (double)s->usage.memory_inactive_file);
}

static bool limited(uint64_t limit)
{
	return limit && limit != UINT64_MAX;
}

static bool memory_limit(const struct metrics_sample *s, double *out)
{
	return s->known && limited(s->usage.memory_limit) &&
	       set(out, (double)s->usage.memory_limit);
}

static bool oom_kills(const struct metrics_sample *s, double *out)
{
	return s->known && set(out, (double)s->usage.oom_kills);
}

static bool pids(const struct metrics_sample *s, double *out)
{
	return s->known && set(out, (double)s->usage.pids);
}

static bool pids_limit(const struct metrics_sample *s, double *out)
{
	return s->known && limited(s->usage.pids_limit) && set(out, (double)s->usage.pids_limit);
}

static bool received(const struct metrics_sample *s, double *out)
{
	return s->known && s->usage.network && set(out, (double)s->usage.received);
}

static bool sent(const struct metrics_sample *s, double *out)
{
	return s->known && s->usage.network && set(out, (double)s->usage.sent);
}

static bool block_read(const struct metrics_sample *s, double *out)
{
	return s->known && set(out, (double)s->usage.block_read);
}

static bool block_written(const struct metrics_sample *s, double *out)
{
	return s->known && set(out, (double)s->usage.block_written);
}

static const struct {
	const char *name, *type, *help;
	number_of number;
} table[] = {
	{ "info", "gauge", "A container that there is; its image.", info },
	{ "running", "gauge", "1 when it runs and is not paused.", running },
	{ "healthy", "gauge", "1 when its check says so, 0 when not (yet); absent without one.",
	  healthy },
	{ "start_time_seconds", "gauge", "When it was started, since 1970.", started },
	{ "exit_code", "gauge", "Of one that has ended.", exit_code },
	{ "restarts_total", "counter", "Restarts by policy since a user started it.", restarts },
	{ "cpu_seconds_total", "counter", "Processor time.", cpu },
	{ "cpu_throttled_seconds_total", "counter", "Time held back by a limit.", throttled },
	{ "memory_usage_bytes", "gauge", "Memory with page cache.", memory },
	{ "memory_inactive_file_bytes", "gauge", "Page cache that the kernel would drop first.",
	  inactive },
	{ "memory_limit_bytes", "gauge", "Absent without a limit.", memory_limit },
	{ "oom_kills_total", "counter", "Processes killed for want of memory.", oom_kills },
	{ "processes", "gauge", "Processes and threads.", pids },
	{ "processes_limit", "gauge", "Absent without a limit.", pids_limit },
	{ "network_receive_bytes_total", "counter", "Of its own network, without lo.", received },
	{ "network_transmit_bytes_total", "counter", "Of its own network, without lo.", sent },
	{ "block_read_bytes_total", "counter", "Read from disks.", block_read },
	{ "block_written_bytes_total", "counter", "Written to disks.", block_written },
};

/* ---- the page -------------------------------------------------------------------------------------- */
static void head(struct text *out, const char *name, const char *type, const char *help)
{
	text_printf(out, "# HELP cleat_%s %s\n# TYPE cleat_%s %s\n", name, help, name, type);
}

static void label(struct text *out, const char *key, const char *value)
{
	text_printf(out, "%s=\"", key);
	for (; *value; value++) {
		if (*value == '\n')
			text_add(out, "\\n");
		else if (*value == '"' || *value == '\\')
			text_printf(out, "\\%c", *value);
		else
			text_add_bytes(out, value, 1);
	}
	text_add(out, "\"");
}

static void write_sample(struct text *out, const char *name, const struct metrics_sample *s,
			 bool image, double value)
{
	const struct store_container *row = &s->task->row;

	text_printf(out, "cleat_container_%s{", name);
	label(out, "namespace", row->ns);
	text_add(out, ",");
	label(out, "id", row->id);
	text_add(out, ",");
	label(out, "name", row->name);
	if (image) {
		text_add(out, ",");
		label(out, "image", s->task->config->image);
	}
	text_printf(out, "} %.17g\n", value);
}

static void write_states(struct text *out, const struct metrics_sample *samples, size_t n)
{
	static const int phases[] = { TASK_CREATED, TASK_RUNNING,  TASK_PAUSED, TASK_RESTARTING,
				      TASK_EXITED,  TASK_REMOVING, TASK_DEAD,   TASK_GC };

	head(out, "containers", "gauge", "Containers in each state.");
	for (size_t p = 0; p < ARRAY_SIZE(phases); p++) {
		size_t count = 0;

		for (size_t i = 0; i < n; i++)
			count += samples[i].task->row.phase == phases[p];
		text_printf(out, "cleat_containers{state=\"%s\"} %zu\n", task_phase_name(phases[p]),
			    count);
	}
}

void metrics_write(const struct service *service, const struct metrics_sample *samples, size_t n,
		   struct text *out)
{
	head(out, "build_info", "gauge", "The daemon that answers.");
	text_printf(out, "cleat_build_info{version=\"%s\"} 1\n", CLEAT_VERSION);
	head(out, "start_time_seconds", "gauge", "When the daemon was started, since 1970.");
	text_printf(out, "cleat_start_time_seconds %.17g\n", seconds(service->started_at));
	write_states(out, samples, n);
	for (size_t m = 0; m < ARRAY_SIZE(table); m++) {
		_cleanup_free_ char *name = text_format("container_%s", table[m].name);

		if (!name)
			out->failed = true;
		else
			head(out, name, table[m].type, table[m].help);
		for (size_t i = 0; i < n; i++) {
			double value = 0;

			if (table[m].number(&samples[i], &value))
				write_sample(out, table[m].name, &samples[i], m == 0, value);
		}
	}
}
