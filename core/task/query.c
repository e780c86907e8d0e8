/* SPDX-License-Identifier: Apache-2.0 */
/* query.c - what only the shim knows: pids and counters. */
#include "task/task.h"

#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <stdlib.h>

struct query {
	task_pids_done pids;
	task_stats_done stats;
	void *arg;
};

static void pids_known(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct query *query = arg;
	const Containerd__Task__V2__PidsResponse *response = (const void *)reply;
	size_t n = response ? response->n_processes : 0;
	uint32_t *pids = calloc(n + 1, sizeof(*pids));

	for (size_t i = 0; pids && i < n; i++)
		pids[i] = response->processes[i]->pid;
	query->pids(query->arg, pids, pids ? n : 0, err);
	free(pids);
	free(query);
}

static void stats_known(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct query *query = arg;
	const Containerd__Task__V2__StatsResponse *response = (const void *)reply;

	if (response && response->stats)
		query->stats(query->arg, response->stats->type_url, response->stats->value.data,
			     response->stats->value.len, err);
	else
		query->stats(query->arg, "", NULL, 0, err);
	free(query);
}

static struct query *query_new(struct task *task, void *arg, struct cleat_error *err)
{
	struct query *query = NULL;

	if (!task->shim || !task_phase_is_active((int)task->row.phase)) {
		(void)cleat_fail(err, EBUSY, "container %s is not running", task->row.id);
		return NULL;
	}
	query = calloc(1, sizeof(*query));
	if (!query)
		(void)cleat_fail(err, ENOMEM, "cannot ask container %s: out of memory",
				 task_label(task));
	else
		query->arg = arg;
	return query;
}

int task_pids(struct task *task, task_pids_done done, void *arg, struct cleat_error *err)
{
	Containerd__Task__V2__PidsRequest request = CONTAINERD__TASK__V2__PIDS_REQUEST__INIT;
	struct query *query = query_new(task, arg, err);

	if (!query)
		return -err->errnum;
	query->pids = done;
	request.id = task->row.id;
	int r = shim_call(task->shim, "Pids", &request.base,
			  &containerd__task__v2__pids_response__descriptor, pids_known, query, err);

	if (r < 0)
		free(query);
	return r;
}

int task_stats(struct task *task, task_stats_done done, void *arg, struct cleat_error *err)
{
	Containerd__Task__V2__StatsRequest request = CONTAINERD__TASK__V2__STATS_REQUEST__INIT;
	struct query *query = query_new(task, arg, err);

	if (!query)
		return -err->errnum;
	query->stats = done;
	request.id = task->row.id;
	int r = shim_call(task->shim, "Stats", &request.base,
			  &containerd__task__v2__stats_response__descriptor, stats_known, query,
			  err);

	if (r < 0)
		free(query);
	return r;
}
