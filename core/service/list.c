/* SPDX-License-Identifier: Apache-2.0 */
/* list.c - cleat ps. */
#include "service/list_filter.h"

#include "base/text.h"
#include "task/health.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

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

static bool wanted(struct task *task, const char *ns, bool all, const struct list_filters *filters)
{
	return !task->creating && text_eq(task->row.ns, ns) &&
	       (all || task_phase_is_active((int)task->row.phase) || task->row.phase == TASK_GC) &&
	       list_filters_pass(filters, task);
}

void service_list(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	Cleat__V1__ListResponse reply = CLEAT__V1__LIST_RESPONSE__INIT;
	const Cleat__V1__ListRequest *request = (const void *)message;
	struct service *service = arg;
	_cleanup_(lines_fini) struct lines lines = { 0 };
	_cleanup_(list_filters_fini) struct list_filters filters = { 0 };
	struct cleat_error err = { 0 };
	const char *ns = service_namespace(request->namespace_, &err);

	if (!ns || list_filters_take(&filters, service->tasks, ns, request->filters,
				     request->n_filters, &err) < 0) {
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
		if (wanted(task, ns, request->all, &filters))
			describe(&lines, task);
	reply.containers = lines.pointers;
	reply.n_containers = lines.n;
	rpc_reply(call, &reply.base);
}
