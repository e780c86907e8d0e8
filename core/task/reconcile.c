/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reconcile.c - at start: make memory, disk and processes agree. Each case has one outcome, logged.
 *
 *   row                 | bundle and shim             | outcome
 *   --------------------|-----------------------------|------------------------------------------------
 *   snapshot not ready  | any                         | removed: nobody was told of it
 *   running or paused   | other boot, exit.json       | its end is recorded
 *   running or paused   | other boot                  | ended by the reboot; its policy is asked
 *   running or paused   | shim answers, task runs     | adopted
 *   running or paused   | shim answers, not started   | the start is completed
 *   running or paused   | shim answers, task ended    | its end is recorded
 *   running or paused   | no shim, task runs          | a new shim adopts it (adopt.c)
 *   running or paused   | no shim, task ended         | its end is recorded (exit.json, or lost)
 *   restarting          | any                         | cleaned up; the timer runs for what is left,
 *                       |                             | in another boot: it is in line with the others
 *   created             | any                         | cleaned up
 *   exited              | any                         | cleaned up; its policy is asked; --rm: removed
 *   gc                  | any                         | cleaning up is tried again; its policy later
 *   removing            | any                         | the removal is completed
 *   none                | a bundle                    | the shim's delete action, then removed
 */
#include "task/checkpoints.h"
#include "task/shim_launch.h"
#include "task/shim_log.h"
#include "task/shim_process.h"
#include "task/snapshot.h"
#include "task/task.h"

#include "base/clock.h"
#include "base/dir.h"
#include "base/log.h"
#include "base/text.h"
#include "rpc/pb/task.pb-c.h"

#include <cleat/cleanup.h>
#include <cleat/restart.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void top(int r, const struct task *task, const struct cleat_error *err)
{
	if (r < 0)
		log_line(CLEAT_ERROR, "%.12s: %s", task->row.id, err->text);
}

/* ---- what is left of one that does not run ---------------------------------------------------------- */
static void cleaned(void *arg, const struct cleat_error *err)
{
	struct task *task = arg;

	(void)err;
	if (*task->stuck && !task->gone && task->row.phase != TASK_CREATED)
		gc_enter(task, false);
	else
		restart_arm(task);
}

/* A shim that still lives is asked to clean up and to go; without one the delete action does it. */
static void meet_shim(struct task *task)
{
	struct shim_address address = { 0 };
	struct cleat_error ignored = { 0 };

	if (shim_address_load(task->bundle, &address, &ignored) == 0)
		(void)task_connect(task, &address, &ignored);
	shim_address_fini(&address);
}

static void remove_now(struct task *task)
{
	struct cleat_error err = { 0 };

	meet_shim(task);
	top(task_remove(task, true, NULL, NULL, &err), task, &err);
}

/* Nothing there is the usual case and needs no job. */
static void clean(struct task *task)
{
	struct cleat_error err = { 0 };

	if (access(task->bundle, F_OK) < 0) {
		restart_arm(task);
		return;
	}
	log_line(CLEAT_INFO, "%.12s: %s, but something is left of it: cleaning up", task->row.id,
		 task_phase_name((int)task->row.phase));
	meet_shim(task);
	top(task_clean(task, cleaned, task, &err), task, &err);
}

/* ---- running ones: ask the shim ------------------------------------------------------------------ */
static void completed(void *arg, int exit_code, const struct cleat_error *err)
{
	struct task *task = arg;

	(void)exit_code;
	if (err->errnum)
		log_line(CLEAT_WARN, "%.12s: cannot complete its start: %s", task->row.id,
			 err->text);
}

void task_take_up(struct task *task, const Containerd__Task__V2__StateResponse *state)
{
	struct cleat_error err = { 0 };
	int r = task_watch_exit(task, &err);

	if (r < 0) {
		top(r, task, &err);
		return;
	}
	if (state->status == CONTAINERD__TYPES__STATUS__CREATED) {
		log_line(CLEAT_INFO, "%.12s: its start is completed", task->row.id);
		task->prepared = true;
		task->row.phase = TASK_EXITED; /* start.c records it as running again */
		top(task_start_prepared(task, true, completed, task, &err), task, &err);
		return;
	}
	task->row.pid = state->pid;
	task->row.phase =
		state->status == CONTAINERD__TYPES__STATUS__PAUSED ? TASK_PAUSED : TASK_RUNNING;
	log_line(CLEAT_INFO, "%.12s: adopted, %s with pid %u", task->row.id,
		 task_phase_name((int)task->row.phase), state->pid);
	task_stop_resume(task);
}

/* It went away, or it is stuck: then it goes now. The container need not go with it. */
static bool may_have_another(struct task *task, const struct cleat_error *err)
{
	if (err->errnum == ETIMEDOUT) {
		shim_close(task->shim);
		task->shim = NULL;
		shim_process_kill(task);
	}
	return err->errnum == ECONNRESET || err->errnum == ETIMEDOUT;
}

static void state_known(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct task *task = arg;
	struct cleat_error why = { 0 };

	if (reply) {
		task_take_up(task, (const void *)reply);
		if ((task->config->terminal || task->config->open_stdin) &&
		    shim_process_learn(task, &why) < 0)
			log_line(CLEAT_WARN, "%.12s: %s, going on", task->row.id, why.text);
	} else if (may_have_another(task, err) && task_adopt(task, &why) == 0) {
		log_line(CLEAT_WARN, "%.12s: its shim is of no use: %s", task->row.id, err->text);
	} else {
		log_line(CLEAT_WARN, "%.12s: its shim does not know it: %s", task->row.id,
			 err->text);
		top(task_exited(task, false, &why), task, &why);
	}
	task_unpin(task);
}

static int ask_state(struct task *task, struct cleat_error *err)
{
	Containerd__Task__V2__StateRequest request = CONTAINERD__TASK__V2__STATE_REQUEST__INIT;
	struct shim_address address = { 0 };
	struct cleat_error ignored = { 0 };
	int r = shim_address_load(task->bundle, &address, err);

	if (shim_log_open(task, false, &ignored) < 0)
		log_line(CLEAT_DEBUG, "%.12s: %s, going on", task->row.id, ignored.text);
	if (r == 0)
		r = task_connect(task, &address, err);
	shim_address_fini(&address);
	request.id = task->row.id;
	if (r == 0)
		r = shim_call(task->shim, "State", &request.base,
			      &containerd__task__v2__state_response__descriptor, state_known, task,
			      err);
	if (r == 0)
		task_pin(task);
	return r;
}

static void running(struct task *task)
{
	struct cleat_error err = { 0 };
	struct cleat_error why = { 0 };

	if (ask_state(task, &err) == 0)
		return;
	log_line(CLEAT_WARN, "%.12s: it ran, but its shim is gone: %s", task->row.id, err.text);
	if (task_adopt(task, &why) == 0)
		return;
	top(task_exited(task, false, &err), task, &err);
}

/* Asked once a boot: what the next daemon of this one finds is of this boot. */
static void settle_boot(struct task *task)
{
	struct cleat_error err = { 0 };

	(void)task_set_text(&task->row.boot_id, task->all->env.boot_id);
	top(task_save(task, &err), task, &err);
}

/* ---- stopped ones ---------------------------------------------------------------------------------- */
/* docker's rule: `always` comes back with the daemon even after a stop; the plugin knows who does. */
static void ask_policy(struct task *task)
{
	struct store_container *row = &task->row;
	bool other_boot = !text_eq(row->boot_id, task->all->env.boot_id);

	if (!row->started_before || row->phase != TASK_EXITED)
		return;
	restart_decide(task, (int)row->cause, true);
	if (row->phase != TASK_RESTARTING)
		task->restart_news =
			RESTART_NOTHING; /* that it was given up was told when it ended */
	if (row->phase == TASK_RESTARTING || other_boot)
		settle_boot(task); /* else all is as before: no need to write */
}

/* ---- after a reboot -------------------------------------------------------------------------------- */
static void ended_by_reboot(struct task *task)
{
	struct store_container *row = &task->row;

	log_line(CLEAT_INFO, "%.12s: ended by a reboot of the machine", row->id);
	row->exit_code = 255;
	row->exit_signal = row->exit_core = row->exit_oom = row->oom_kills = 0;
	row->pid = 0;
	row->finished_at = (int64_t)clock_now(CLOCK_REALTIME);
	row->cause = CLEAT_CAUSE_HOST_REBOOT;
	restart_decide(task, CLEAT_CAUSE_HOST_REBOOT, true);
	settle_boot(task);
	if (row->phase == TASK_EXITED && task->config->auto_remove)
		remove_now(task);
	else
		clean(task);
}

/* ---- each row --------------------------------------------------------------------------------------- */
static bool half_made(struct task *task)
{
	struct store_snapshot snapshot = { 0 };
	struct cleat_error err = { 0 };
	bool half = task->row.snapshot &&
		    store_snapshot_get(task->all->env.store, task->row.snapshot, &snapshot, &err) ==
			    0 &&
		    !snapshot.ready;

	store_snapshot_fini(&snapshot);
	return half;
}

/* The bundle may be on a disk: then it says how the container ended before the machine did. */
static bool has_exit_record(const struct task *task)
{
	struct bundle_exit record = { 0 };
	struct cleat_error ignored = { 0 };

	return bundle_read_exit(task->bundle, "", &record, &ignored) == 0;
}

/* It was to end with its checkpoint, which there is not: then its policy counts as before. */
static void forget_checkpoint(struct task *task)
{
	struct cleat_error err = { 0 };

	if (!checkpoints_interrupted(task) || !task->row.manual || task->row.killed_for ||
	    (task->row.phase != TASK_RUNNING && task->row.phase != TASK_PAUSED))
		return;
	log_line(CLEAT_WARN, "%.12s: its checkpoint was not finished, discarded", task->row.id);
	task->row.manual = 0;
	top(task_save(task, &err), task, &err);
}

static void settle(struct task *task)
{
	struct cleat_error err = { 0 };
	bool other_boot = !text_eq(task->row.boot_id, task->all->env.boot_id);

	if (half_made(task)) {
		log_line(CLEAT_INFO, "%.12s: was never finished, removed", task->row.id);
		remove_now(task);
		return;
	}
	if (other_boot)
		restart_new_boot(task);
	forget_checkpoint(task);
	switch (task->row.phase) {
	case TASK_RUNNING:
	case TASK_PAUSED:
		if (other_boot && has_exit_record(task))
			top(task_exited(task, false, &err), task, &err);
		else if (other_boot)
			ended_by_reboot(task);
		else
			running(task);
		break;
	case TASK_CREATING:
	case TASK_REMOVING:
		log_line(CLEAT_INFO, "%.12s: its removal is completed", task->row.id);
		remove_now(task);
		break;
	case TASK_RESTARTING:
		if (other_boot)
			settle_boot(task);
		clean(task);
		break;
	case TASK_GC:
		gc_hurry(task);
		break;
	case TASK_EXITED:
		if (task->config->auto_remove) { /* a restart by hand was in its middle */
			log_line(CLEAT_INFO, "%.12s: it ended and was to be removed then",
				 task->row.id);
			remove_now(task);
			break;
		}
		/* fall through */
	default:
		ask_policy(task);
		clean(task);
	}
}

static int load(void *arg, struct store_container *row, struct cleat_error *err)
{
	struct tasks *tasks = arg;
	struct task *task = NULL;
	int r = task_new(tasks, row, &task, err);

	if (r < 0) {
		log_line(CLEAT_ERROR, "%s, going on without it", err->text);
		return 0;
	}
	task_list(task);
	return 0;
}

/* ---- bundles without a row --------------------------------------------------------------------------- */
static void stray_gone(void *arg, const struct teardown_result *result)
{
	struct task *task = arg;

	(void)result;
	task_unlist(task);
}

static void stray(struct tasks *tasks, const char *ns, const char *id)
{
	struct store_container row = { 0 };
	struct cleat_error err = { 0 };
	struct task *task = NULL;

	log_line(CLEAT_WARN, "%.12s: a bundle without a container, removed", id);
	row.ns = strdup(ns);
	row.id = strdup(id);
	row.name = strdup("");
	row.runtime = strdup("");
	row.config = strdup("");
	if (!row.ns || !row.id || !row.name || !row.runtime || !row.config ||
	    task_new(tasks, &row, &task, &err) < 0) {
		store_container_fini(&row);
		return;
	}
	task->creating = true;
	meet_shim(task);
	task_teardown(task, stray_gone, task);
}

static bool is_directory(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static void look_for_strays(struct tasks *tasks, int state, const char *ns)
{
	int fd = openat(state, ns, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry = NULL;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		/* a directory: <state>/s holds our shims' sockets, named by hashes */
		if (is_directory(fd, entry->d_name) && strlen(entry->d_name) == 64 &&
		    text_is_name(entry->d_name) && !tasks_by_id(tasks, ns, entry->d_name))
			stray(tasks, ns, entry->d_name);
	(void)closedir(dir);
}

static void find_strays(struct tasks *tasks)
{
	_cleanup_close_ int state = open(tasks->env.state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int copy = state < 0 ? -1 : fcntl(state, F_DUPFD_CLOEXEC, 3);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry = NULL;

	if (!dir) {
		if (copy >= 0)
			(void)close(copy);
		return;
	}
	while ((entry = readdir(dir)))
		if (text_is_name(entry->d_name))
			look_for_strays(tasks, state, entry->d_name);
	(void)closedir(dir);
}

static size_t count_started(const struct tasks *tasks)
{
	size_t n = 0;

	for (const struct task *task = tasks->first; task; task = task->next)
		n += task->row.started_before != 0;
	return n;
}

/*
 * What is decided about all of them is one transaction, so that it costs one sync: nothing comes of a
 * decision before the loop runs.
 */
static void settle_all(struct tasks *tasks)
{
	struct store *store = tasks->env.store;
	struct cleat_error err = { 0 };
	bool together = store_begin(store, &err) == 0;

	for (struct task *task = tasks->first; task; task = task->next)
		settle(task);
	if (together && store_commit(store, &err) == 0)
		return;
	log_line(CLEAT_WARN, "what has changed is recorded one by one: %s", err.text);
	for (struct task *task = tasks->first; together && task; task = task->next)
		top(task_save(task, &err), task, &err);
}

int tasks_reconcile(struct tasks *tasks, struct cleat_error *err)
{
	int r = store_containers(tasks->env.store, load, tasks, err);

	if (r == 0)
		r = snapshot_sweep(tasks, err);
	if (r < 0)
		return r;
	find_strays(tasks);
	restarts_spread(tasks, count_started(tasks));
	settle_all(tasks);
	return 0;
}
