/* SPDX-License-Identifier: Apache-2.0 */
/* task.c - a container in memory: made, named, saved, freed. */
#include "task/depend.h"
#include "task/io_hold.h"
#include "task/shim_launch.h"
#include "task/shim_log.h"
#include "task/spare.h"
#include "task/task.h"

#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void task_free(struct task *task)
{
	if (!task)
		return;
	if (task->all && task->all->restarts) {
		restart_release(task);
		alarms_clear(task->all->restarts->alarms, &task->gc_alarm);
	}
	loop_unwatchp(&task->forgotten_timer);
	shim_log_close(task);
	io_release(task);
	spare_release(task);
	shim_close(task->shim);
	bundle_io_fini(&task->io);
	root_mounts_fini(&task->root);
	if (task->config)
		cleat__v1__container_config__free_unpacked(task->config, NULL);
	store_container_fini(&task->row);
	free(task->bundle);
	free(task);
}

static void free_if_over(struct task *task)
{
	if (task->gone && !task->pins && !task->jobs.first)
		task_free(task);
}

static void on_idle(void *arg)
{
	struct task *task = arg;
	struct tasks *all = task->all;

	free_if_over(task);
	depend_look(all);
	if (all->changed)
		all->changed(all->changed_arg);
}

void task_pin(struct task *task)
{
	task->pins++;
}

void task_unpin(struct task *task)
{
	task->pins--;
	free_if_over(task);
}

int task_new(struct tasks *tasks, struct store_container *row, struct task **out,
	     struct cleat_error *err)
{
	struct task *task = calloc(1, sizeof(*task));

	if (!task)
		return cleat_fail(err, ENOMEM, "cannot make a container: out of memory");
	task->all = tasks;
	task->config = cleat__v1__container_config__unpack(NULL, row->config_len,
							   (const uint8_t *)row->config);
	task->bundle = text_format("%s/%s/%s", tasks->env.state, row->ns, row->id);
	if (store_container_fill(row) < 0) {
		task_free(task);
		return cleat_fail(err, ENOMEM, "cannot make a container: out of memory");
	}
	if (!task->config || !task->bundle) {
		task_free(task);
		return cleat_fail(err, EUCLEAN,
				  "cannot use container '%s': its configuration is damaged",
				  row->id);
	}
	task->row = *row;
	memset(row, 0, sizeof(*row));
	(void)snprintf(task->short_id, sizeof(task->short_id), "%s", task->row.id);
	task->jobs = (struct job_queue){
		.loop = tasks->env.loop, .label = task->short_id, .idle = on_idle, .arg = task
	};
	task->foreign = shim_is_foreign(task);
	*out = task;
	return 0;
}

void task_list(struct task *task)
{
	struct task **at = &task->all->first;

	while (*at)
		at = &(*at)->next;
	*at = task;
}

static void unpin_later(void *arg)
{
	task_unpin(arg);
}

void task_unlist(struct task *task)
{
	struct task **at = &task->all->first;

	while (*at && *at != task)
		at = &(*at)->next;
	if (*at)
		*at = task->next;
	task->next = NULL;
	task->gone = true;
	/* Jobs that were added in the meantime end with "no such container" before it is freed. */
	task_pin(task);
	if (loop_defer(task->all->env.loop, unpin_later, task) < 0)
		log_line(CLEAT_WARN, "cannot free a container: out of memory, going on");
}

int task_save(struct task *task, struct cleat_error *err)
{
	task_relax(task);
	int r = store_container_save(task->all->env.store, &task->row, err);

	store_relax(task->all->env.store, false);
	return r;
}

void task_relax(const struct task *task)
{
	store_relax(task->all->env.store, task->config->auto_remove);
}

int task_move(struct task *task, enum task_phase phase, struct cleat_error *err)
{
	if (!task_phase_may((int)task->row.phase, phase))
		return cleat_fail(err, EINVAL, "container %s is %s and cannot become %s",
				  task_label(task), task_phase_name((int)task->row.phase),
				  task_phase_name(phase));
	log_line(CLEAT_DEBUG, "%.12s: %s, was %s", task->row.id, task_phase_name(phase),
		 task_phase_name((int)task->row.phase));
	task->row.phase = phase;
	return 0;
}

int task_set_text(char **field, const char *text)
{
	char *copy = strdup(text ? text : "");

	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

int task_set_message_text(char **field, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	if (*field != (const char *)protobuf_c_empty_string)
		free(*field);
	*field = copy;
	return 0;
}

const char *task_label(const struct task *task)
{
	return task->row.name && *task->row.name ? task->row.name : task->row.id;
}
