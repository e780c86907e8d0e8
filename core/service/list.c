/* SPDX-License-Identifier: Apache-2.0 */
/* list.c - cleat ps. */
#include "service/service.h"

#include "base/text.h"
#include "task/health.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

/* ---- filters: those of one key are alternatives, different keys must all hold ---------------------- */
static bool is_exit_code(const struct task *task, const char *wanted)
{
	int64_t code = 0;

	return task->row.phase == TASK_EXITED && text_to_i64(wanted, &code) == 0 &&
	       code == task->row.exit_code;
}

static bool is_relative(const struct task *task, const char *wanted, bool before)
{
	struct cleat_error ignored = { 0 };
	struct task *other = NULL;

	if (tasks_find(task->all, task->row.ns, wanted, &other, &ignored) < 0)
		return false;
	return before ? task->row.created_at < other->row.created_at
		      : task->row.created_at > other->row.created_at;
}

static bool one_matches(struct task *task, const char *key, const char *value)
{
	if (text_eq(key, "id"))
		return text_starts(task->row.id, value);
	if (text_eq(key, "name"))
		return strstr(task->row.name, value) != NULL;
	if (text_eq(key, "status"))
		return text_eq(task_phase_name((int)task->row.phase), value);
	if (text_eq(key, "exited"))
		return is_exit_code(task, value);
	if (text_eq(key, "health"))
		return text_eq(*health_of(task) ? health_of(task) : "none", value);
	if (text_eq(key, "label"))
		return service_has_label(task->config->labels, task->config->n_labels, value);
	if (text_eq(key, "ancestor"))
		return text_eq(task->row.image, value) || text_starts(task->row.image_id, value);
	if (text_eq(key, "before") || text_eq(key, "since"))
		return is_relative(task, value, text_eq(key, "before"));
	return false;
}

static bool matches(struct task *task, const Cleat__V1__ListRequest *request)
{
	for (size_t i = 0; i < request->n_filters; i++) {
		const char *key = request->filters[i]->key;
		bool all_labels = text_eq(key, "label");
		bool any = false;

		for (size_t k = 0; k < request->n_filters; k++) {
			bool hit = text_eq(request->filters[k]->key, key) &&
				   one_matches(task, key, request->filters[k]->value);

			any = any || hit;
			if (all_labels && text_eq(request->filters[k]->key, key) && !hit)
				return false;
		}
		if (!any)
			return false;
	}
	return true;
}

/* ---- rows --------------------------------------------------------------------------------------- */
/** What a summary's pointers point to beyond the task's own strings. */
struct lines {
	Cleat__V1__ContainerSummary *summaries;
	Cleat__V1__ContainerSummary **pointers;
	struct strings made;
	size_t n, room;
};

static void lines_fini(struct lines *lines)
{
	free(lines->summaries);
	free(lines->pointers);
	strings_fini(&lines->made);
}

static char *keep(struct lines *lines, struct text *text)
{
	if (strings_add(&lines->made, text->bytes ? text->bytes : "") < 0)
		return (char *)(uintptr_t) "";
	return lines->made.item[lines->made.n - 1];
}

static char *command(struct lines *lines, const struct task *task)
{
	_cleanup_text_ struct text text = { 0 };

	for (size_t i = 0; i < task->config->n_args; i++) {
		text_add(&text, i ? " " : "");
		text_add(&text, task->config->args[i]);
	}
	return keep(lines, &text);
}

static char *mounts(struct lines *lines, const struct task *task)
{
	_cleanup_text_ struct text text = { 0 };

	for (size_t i = 0; i < task->config->n_mounts; i++) {
		text_add(&text, i ? "," : "");
		text_add(&text, *task->config->mounts[i]->source ? task->config->mounts[i]->source
								 : task->config->mounts[i]->target);
	}
	return keep(lines, &text);
}

static void describe(struct lines *lines, struct task *task)
{
	Cleat__V1__ContainerSummary *s = &lines->summaries[lines->n];
	const struct store_container *row = &task->row;

	cleat__v1__container_summary__init(s);
	s->id = row->id;
	s->name = row->name;
	s->image = *row->image ? row->image : task->config->rootfs;
	s->image_id = row->image_id;
	s->command = command(lines, task);
	s->mounts = mounts(lines, task);
	s->created_at = (uint64_t)row->created_at;
	s->started_at = (uint64_t)row->started_at;
	s->exited_at = (uint64_t)row->finished_at;
	s->state = (char *)(uintptr_t)task_phase_name((int)row->phase);
	s->exit_status = (uint32_t)row->exit_code;
	s->pid = (uint32_t)row->pid;
	s->labels = task->config->labels;
	s->n_labels = task->config->n_labels;
	s->restart_count = (uint32_t)row->restart_count;
	s->restart_at = (uint64_t)row->next_wall_ns;
	s->health = (char *)(uintptr_t)health_of(task);
	s->gc_why = row->gc_why;
	s->gc_tries = (uint32_t)row->gc_tries;
	s->runtime = row->runtime;
	s->snapshotter = row->snapshotter;
	s->io = row->io;
	lines->pointers[lines->n++] = s;
}

static bool wanted(struct task *task, const char *ns, const Cleat__V1__ListRequest *request)
{
	return !task->creating && text_eq(task->row.ns, ns) &&
	       (request->all || task_phase_is_active((int)task->row.phase) ||
		task->row.phase == TASK_GC) &&
	       matches(task, request);
}

void service_list(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	Cleat__V1__ListResponse reply = CLEAT__V1__LIST_RESPONSE__INIT;
	const Cleat__V1__ListRequest *request = (const void *)message;
	struct service *service = arg;
	_cleanup_(lines_fini) struct lines lines = { 0 };
	struct cleat_error err = { 0 };
	const char *ns = service_namespace(request->namespace_, &err);

	if (!ns) {
		rpc_fail(call, &err);
		return;
	}
	for (const struct task *task = service->tasks->first; task; task = task->next)
		lines.room++;
	lines.summaries = calloc(lines.room + 1, sizeof(*lines.summaries));
	lines.pointers = calloc(lines.room + 1, sizeof(struct Cleat__V1__ContainerSummary *));
	if (!lines.summaries || !lines.pointers) {
		rpc_fail_code(call, RPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	for (struct task *task = service->tasks->first; task; task = task->next)
		if (wanted(task, ns, request))
			describe(&lines, task);
	reply.containers = lines.pointers;
	reply.n_containers = lines.n;
	rpc_reply(call, &reply.base);
}
