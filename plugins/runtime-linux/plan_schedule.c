/* SPDX-License-Identifier: Apache-2.0 */
/* plan_schedule.c - `scheduler`, `ioPriority`, `execCPUAffinity`: closed lists of words, checked ranges. */
#include "plan.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <sched.h>
#include <string.h>

enum { NICE_MIN = -20, NICE_MAX = 19, IO_PRIORITY_MAX = 7, IO_CLASS_SHIFT = 13 };
enum { POLICY_ISO = 4, POLICY_DEADLINE = 6 };
enum { FLAG_CLAMP_MIN = 0x20, FLAG_CLAMP_MAX = 0x40 };
#define CLAMP_DEFAULT UINT32_MAX /* "as the system has it" */

struct word {
	const char *text;
	uint32_t value;
};

static const struct word policies[] = {
	{ "SCHED_OTHER", SCHED_OTHER },
	{ "SCHED_FIFO", SCHED_FIFO },
	{ "SCHED_RR", SCHED_RR },
	{ "SCHED_BATCH", SCHED_BATCH },
	{ "SCHED_ISO", POLICY_ISO },
	{ "SCHED_IDLE", SCHED_IDLE },
	{ "SCHED_DEADLINE", POLICY_DEADLINE },
	{ NULL, 0 },
};
static const struct word flags[] = {
	{ "SCHED_FLAG_RESET_ON_FORK", 0x01 },
	{ "SCHED_FLAG_RECLAIM", 0x02 },
	{ "SCHED_FLAG_DL_OVERRUN", 0x04 },
	{ "SCHED_FLAG_KEEP_POLICY", 0x08 },
	{ "SCHED_FLAG_KEEP_PARAMS", 0x10 },
	{ "SCHED_FLAG_UTIL_CLAMP_MIN", FLAG_CLAMP_MIN },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", FLAG_CLAMP_MAX },
	{ NULL, 0 },
};
static const struct word io_classes[] = {
	{ "IOPRIO_CLASS_RT", 1 }, { "IOPRIO_CLASS_BE", 2 }, { "IOPRIO_CLASS_IDLE", 3 }, { NULL, 0 }
};

static int find(const struct word *words, const char *text, const char *what, uint32_t *out,
		struct cleat_error *err)
{
	for (; text && words->text; words++)
		if (strcmp(words->text, text) == 0) {
			*out = words->value;
			return 0;
		}
	return text ? cleat_fail(err, EINVAL, "%s '%.60s' is unknown", what, text)
		    : cleat_fail(err, EINVAL, "%s is missing", what);
}

static int read_flags(const struct json *node, uint64_t *out, struct cleat_error *err)
{
	const struct json *list = NULL;
	int r = json_get_node(node, "flags", JSON_ARRAY, &list, err);

	for (size_t i = 0; r == 0 && i < json_len(list); i++) {
		const char *text = json_text(json_at(list, i));
		uint32_t bit = 0;

		r = find(flags, text ? text : "", "flag", &bit, err);
		*out |= bit;
	}
	return r;
}

/* A number of another policy would be without effect, and who wrote it meant something. */
static int check_policy(const struct sched_attributes *a, int64_t nice, int64_t priority,
			const char *policy, struct cleat_error *err)
{
	bool fair = a->policy == SCHED_OTHER || a->policy == SCHED_BATCH;
	bool real_time = a->policy == SCHED_FIFO || a->policy == SCHED_RR;

	if (nice < NICE_MIN || nice > NICE_MAX)
		return cleat_fail(err, EINVAL, "nice must be between %d and %d", NICE_MIN,
				  NICE_MAX);
	if (nice && !fair)
		return cleat_fail(err, EINVAL,
				  "nice is for SCHED_OTHER and SCHED_BATCH, not for %s", policy);
	if (priority && !real_time)
		return cleat_fail(err, EINVAL,
				  "priority is for SCHED_FIFO and SCHED_RR, not for %s", policy);
	if (priority < 0 || priority > 99)
		return cleat_fail(err, EINVAL, "priority must be between 0 and 99");
	if ((a->runtime || a->deadline || a->period) && a->policy != POLICY_DEADLINE)
		return cleat_fail(err, EINVAL,
				  "runtime, deadline and period are for SCHED_DEADLINE, not for %s",
				  policy);
	return 0;
}

static int read_scheduler(const struct json *process, struct schedule *out, struct cleat_error *err)
{
	struct sched_attributes *a = &out->attributes;
	const struct json *node = NULL;
	int64_t nice = 0;
	int64_t priority = 0;
	int r = json_get_node(process, "scheduler", JSON_OBJECT, &node, err);

	if (r < 0 || !node)
		return r;
	r = json_get_text(node, "policy", &out->policy, err);
	if (r == 0)
		r = find(policies, out->policy, "policy", &a->policy, err);
	if (r == 0)
		r = json_get_i64(node, "nice", &nice, err);
	if (r == 0)
		r = json_get_i64(node, "priority", &priority, err);
	if (r == 0)
		r = json_get_u64(node, "runtime", &a->runtime, err);
	if (r == 0)
		r = json_get_u64(node, "deadline", &a->deadline, err);
	if (r == 0)
		r = json_get_u64(node, "period", &a->period, err);
	if (r == 0)
		r = read_flags(node, &a->flags, err);
	if (r == 0)
		r = check_policy(a, nice, priority, out->policy, err);
	a->size = sizeof(*a);
	a->nice = (int32_t)nice;
	a->priority = (uint32_t)priority;
	a->clamp_min = a->flags & FLAG_CLAMP_MIN ? CLAMP_DEFAULT : 0;
	a->clamp_max = a->flags & FLAG_CLAMP_MAX ? CLAMP_DEFAULT : 0;
	return r < 0 ? cleat_wrap(err, "scheduler") : 0;
}

static int read_io_priority(const struct json *process, struct schedule *out,
			    struct cleat_error *err)
{
	const struct json *node = NULL;
	uint32_t class = 0;
	int64_t priority = 0;
	int r = json_get_node(process, "ioPriority", JSON_OBJECT, &node, err);

	if (r < 0 || !node)
		return r;
	r = json_get_text(node, "class", &out->io_class, err);
	if (r == 0)
		r = find(io_classes, out->io_class, "class", &class, err);
	if (r == 0)
		r = json_get_i64(node, "priority", &priority, err);
	if (r == 0 && (priority < 0 || priority > IO_PRIORITY_MAX))
		r = cleat_fail(err, EINVAL, "priority must be between 0 and %d", IO_PRIORITY_MAX);
	out->io_priority = (int)(class << IO_CLASS_SHIFT) | (int)priority;
	return r < 0 ? cleat_wrap(err, "ioPriority") : 0;
}

int plan_read_numbers(struct plan *plan, const struct json *node, const char *key,
		      const struct number_list **out, struct cleat_error *err)
{
	const char *text = NULL;
	int r = json_get_text(node, key, &text, err);

	if (r < 0 || !text)
		return r;
	struct number_list *list = plan_alloc(plan, 1, sizeof(*list));

	if (!list)
		return cleat_fail(err, ENOMEM, "cannot hold %s: %m", key);
	r = number_list_parse(text, key, list, err);
	*out = r < 0 || number_list_is_empty(list) ? NULL : list;
	return r;
}

static int read_affinity(struct plan *plan, const struct json *process, struct schedule *out,
			 struct cleat_error *err)
{
	const struct json *node = NULL;
	int r = json_get_node(process, "execCPUAffinity", JSON_OBJECT, &node, err);

	if (r == 0)
		r = plan_read_numbers(plan, node, "initial", &out->initial_cpus, err);
	if (r == 0)
		r = plan_read_numbers(plan, node, "final", &out->final_cpus, err);
	return r < 0 ? cleat_wrap(err, "execCPUAffinity") : 0;
}

int plan_read_schedule(struct plan *plan, const struct json *process, struct schedule *out,
		       struct cleat_error *err)
{
	int r = read_scheduler(process, out, err);

	if (r == 0)
		r = read_io_priority(process, out, err);
	return r < 0 ? r : read_affinity(plan, process, out, err);
}
